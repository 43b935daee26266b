"""Networks for clips, layer by layer, beside the tables and figures of their papers and the code they come from."""

import pytest

from reference_impl.networks import c3d, network, video_resnet
from tests.networks.lines import head, lines, lines_of

# Tran et al. 2015, figure 3 and section 3.3; mmaction2's c3d backbone for the one padded cell of pool5

C3D = """
    conv1a conv 3>64 3x3x3 +1 bias relu
    pool1 max_pool 64>64 1x2x2 /1x2x2
    conv2a conv 64>128 3x3x3 +1 bias relu
    pool2 max_pool 128>128 2x2x2 /2
    conv3a conv 128>256 3x3x3 +1 bias relu
    conv3b conv 256>256 3x3x3 +1 bias relu
    pool3 max_pool 256>256 2x2x2 /2
    conv4a conv 256>512 3x3x3 +1 bias relu
    conv4b conv 512>512 3x3x3 +1 bias relu
    pool4 max_pool 512>512 2x2x2 /2
    conv5a conv 512>512 3x3x3 +1 bias relu
    conv5b conv 512>512 3x3x3 +1 bias relu
    pool5 max_pool 512>512 2x2x2 /2 +0x1x1
    fc6 linear 8192>4096 bias relu
    fc7 linear 4096>4096 bias relu
    fc8 linear 4096>{} bias
"""


@pytest.mark.parametrize("classes", [101, 487])
def test_c3d_beside_its_figure(classes):
    assert lines_of(c3d(classes=classes).parts) == lines(C3D.format(classes))


# Tran et al. 2018, table 1; torchvision/models/video/resnet.py, whose mid-planes serve both convolutions of a unit

MID_PLANES = {"block1": (144, 144), "block2": (230, 288), "block3": (460, 576), "block4": (921, 1152)}


@pytest.mark.parametrize("form", ["r3d", "mc3", "r2plus1d"])
def test_video_resnets_beside_their_code(form):
    expected = ["conv1 conv 3>64 3x7x7 /1x2x2 +1x3x3 norm relu"]
    if form == "r2plus1d":
        expected = [
            "conv1_space conv 3>45 1x7x7 /1x2x2 +0x3x3 norm relu",
            "conv1_time conv 45>64 3x1x1 +1x0x0 norm relu",
        ]
    channels = 64
    for block, width in enumerate((64, 128, 256, 512), start=1):
        flat = form == "mc3" and block > 1
        for unit in (1, 2):
            expected += [f"block{block}_{unit} add relu", "  path"]
            halves = block > 1 and unit == 1
            for n, source, after in ((1, channels, " relu"), (2, width, "")):
                step, space, time = ("/2 ", "/1x2x2 ", "/2x1x1 ") if halves and n == 1 else ("", "", "")
                if form == "r2plus1d":
                    middle = MID_PLANES[f"block{block}"][unit - 1]
                    expected.append(f"    conv{n}_space conv {source}>{middle} 1x3x3 {space}+0x1x1 norm relu")
                    expected.append(f"    conv{n}_time conv {middle}>{width} 3x1x1 {time}+1x0x0 norm{after}")
                elif flat:
                    expected.append(f"    conv{n} conv {source}>{width} 1x3x3 {space}+0x1x1 norm{after}")
                else:
                    expected.append(f"    conv{n} conv {source}>{width} 3x3x3 {step}+1 norm{after}")
            expected.append("  path")
            if halves:
                expected.append(f"    shortcut conv {channels}>{width} 1x1x1 {'/1x2x2' if flat else '/2'} norm")
            channels = width
    assert lines_of(video_resnet(form).parts) == expected + head(512, 400, kernel="1x1x1")


def test_a_video_resnet_without_a_form_is_r3d():
    assert video_resnet() == network("r3d_18")
