"""What each convolution costs on a machine: cases from real networks, measured, and compared with its ceilings."""
