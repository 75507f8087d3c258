"""Pictures among uploads: whether they can be decoded, how they look small, and what they tell of their making."""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 80_000_000
THUMBNAIL = (320, 320)
KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp", "TIFF": "image/tiff"}

_FAULTS = (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError)


def kind_of(content: bytes) -> str | None:
    """Return the media type of a picture that can be decoded to its last line; None for anything else."""
    try:
        with _opened(content) as image:
            image.load()
            return KINDS[str(image.format)]
    except _FAULTS:
        return None


def thumbnail(content: bytes) -> bytes | None:
    """Return a small WebP of a picture, the right way up; None where it cannot be drawn."""
    try:
        with _opened(content) as image:
            small = ImageOps.exif_transpose(image)
            small.thumbnail(THUMBNAIL)
            held = io.BytesIO()
            seen_through = "A" in small.getbands() or "transparency" in small.info
            small.convert("RGBA" if seen_through else "RGB").save(held, "WEBP")
            return held.getvalue()
    except _FAULTS:
        return None


def without_traces(content: bytes) -> bytes:
    """Return a picture without EXIF (place, camera, time), turned as EXIF said; as it was where it has none."""
    try:
        with _opened(content) as image:
            if not image.getexif() or getattr(image, "n_frames", 1) > 1:
                return content
            turned = ImageOps.exif_transpose(image)
            for trace in ("exif", "xmp", "XML:com.adobe.xmp", "photoshop", "comment"):
                turned.info.pop(trace, None)
            held = io.BytesIO()
            turned.save(held, image.format, **({"quality": 95} if image.format in ("JPEG", "WEBP") else {}))
            return held.getvalue()
    except _FAULTS:
        return content


def _opened(content: bytes) -> Image.Image:
    """Open a picture of a kind we know. Raises one of _FAULTS, also for one that would be too large to draw."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = Image.open(io.BytesIO(content), formats=tuple(KINDS))
    if image.width * image.height > MOST_PIXELS:
        raise ValueError("too many pixels")
    return image
