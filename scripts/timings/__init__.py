"""What each convolution costs on a machine: cases from real networks, measured, recorded, compared with its ceilings."""
