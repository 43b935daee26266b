"""Images and videos: from bytes to batches of channels-first arrays, and clips of a video."""

from collections.abc import Sequence

import numpy as np

from reference_impl.arrays import numeric
from reference_impl.checks import listed, refuse, whole


def image_batch(images: Sequence[np.ndarray]) -> np.ndarray:
    """Images as they come from a file, (H, W) or (H, W, C) bytes, as one float batch between 0 and 1.

    Shapes:
        images:  each (H, W) or (H, W, C) of uint8, all of one shape
        returns: (N, C, H, W) of float32

    Args:
        images: At least one image.

    Raises:
        ValueError: no image, or images of different or other shapes.
        TypeError: an image that is not uint8, whose range would be a guess.

    Source:
        torchvision.transforms.functional.to_tensor, for a batch.

    Example:
        >>> image_batch([np.full((4, 6, 3), 255, dtype=np.uint8)]).shape
        (1, 3, 4, 6)
    """
    if not len(listed("images", images)):
        refuse("there must be at least one image", images=0)
    for index, image in enumerate(images):
        if numeric(f"images[{index}]", image).dtype != np.uint8:
            rule = "images must be uint8, from 0 to 255"
            refuse(rule, error=TypeError, **{f"images[{index}].dtype": str(image.dtype)})
        if image.ndim not in (2, 3) or image.shape != images[0].shape or not image.size:
            rule = "images must share one shape (H, W) or (H, W, C) with at least one cell"
            refuse(rule, **{f"images[{index}].shape": image.shape, "images[0].shape": images[0].shape})
    batch = np.stack([image.reshape(*image.shape[:2], -1) for image in images])  # (N, H, W, C)
    return np.ascontiguousarray(batch.transpose(0, 3, 1, 2), dtype=np.float32) / np.float32(255)


def video_clips(video: np.ndarray, length: int, *, step: int) -> np.ndarray:
    """Cut a video into clips of equal length: the windows of a convolution over time; a view, no frame is copied.

    Shapes:
        video:   (C, T, H, W)
        returns: (N, C, length, H, W), N as `conv_output_size` says

    Args:
        video: Frames of one video, channels first.
        length: Frames of a clip.
        step: Frames from the start of one clip to the next; less than `length` lets clips overlap.

    Raises:
        ValueError: a wrong shape, a length or step below 1, or a clip longer than the video.
        TypeError: arguments of the wrong kind.

    Source:
        Tran et al., "Learning spatiotemporal features with 3D convolutional networks", 2015.

    Example:
        >>> video_clips(np.zeros((3, 40, 8, 10)), 16, step=8).shape
        (4, 3, 16, 8, 10)
    """
    if numeric("video", video).ndim != 4:
        refuse("video must be (C, T, H, W)", **{"video.shape": video.shape})
    frames = whole("length", length, least=1)
    every = whole("step", step, least=1)
    if frames > video.shape[1]:
        refuse("a clip must not be longer than the video", length=frames, T=video.shape[1])
    clips = np.lib.stride_tricks.sliding_window_view(video, frames, axis=1)[:, ::every]  # (C, N, H, W, length)
    return clips.transpose(1, 0, 4, 2, 3)  # (N, C, length, H, W)
