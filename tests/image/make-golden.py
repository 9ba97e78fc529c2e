# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes golden.h and fixtures/ with Pillow and open_clip, once: python3 make-golden.py

Needs Pillow 13 and open_clip_torch 3.3.  The pictures come from the formula of picture_sample() in support.c.
"""
import os
import sys

import numpy as np
import open_clip
import PIL
from open_clip.transform import image_transform
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, "fixtures")


def picture(width, height, smooth=False):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    if smooth:
        v = (x * (3 + c) + y * (5 - c)) // 2
        v = np.where(v % 512 < 256, v % 512, 511 - v % 512)
        return Image.fromarray(v.astype(np.uint8), "RGB")
    h = (x.astype(np.uint32) * np.uint32(73856093)) ^ (y.astype(np.uint32) * np.uint32(19349663)) ^ (c.astype(np.uint32) * np.uint32(83492791))
    h ^= h >> np.uint32(13)
    h *= np.uint32(0x5BD1E995)
    h ^= h >> np.uint32(15)
    return Image.fromarray((h & np.uint32(255)).astype(np.uint8), "RGB")


def fnv(data):
    h = 0xCBF29CE484222325
    for b in data:
        h = ((h ^ b) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def tensor(image, side, mode, interpolation, fill):
    t = image_transform(side, False, mean=(0, 0, 0), std=(1, 1, 1), resize_mode=mode, interpolation=interpolation, fill_color=fill)
    return (t(image) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()


SHAPES = [(1, 1), (7, 7), (64, 64), (65, 64), (64, 65), (31, 200), (200, 31), (100, 150), (150, 100), (100, 201), (101, 333),
          (300, 40), (333, 500), (640, 480), (480, 640), (1000, 37), (37, 1000), (257, 255)]


def rows():
    for width, height in SHAPES:
        for side in (32, 64):
            for m, mode in enumerate(("shortest", "squash", "longest")):
                if mode == "longest" and max(width, height) // min(width, height) > side:
                    continue
                for f, name in enumerate(("bicubic", "bilinear")):
                    fill = 127 if mode == "longest" else 0
                    out = tensor(picture(width, height), side, mode, name, (fill,) * 3 if fill else 0)
                    probe = tuple(int(v) for v in out[side // 3, side // 2])
                    yield width, height, side, m, f, fill, fnv(out.tobytes()), probe


def write_golden():
    with open(os.path.join(HERE, "golden.h"), "w") as out:
        out.write("/* SPDX-License-Identifier: GPL-3.0-or-later */\n")
        out.write(f"/* Made by make-golden.py with Pillow {PIL.__version__}, open_clip {open_clip.__version__}: do not edit. */\n")
        out.write("static const Golden golden[] = {\n")
        for width, height, side, m, f, fill, h, probe in rows():
            out.write(f"  {{ {width}, {height}, {side}, {m}, {f}, {fill}, G_GUINT64_CONSTANT (0x{h:016x}), {{ {probe[0]}, {probe[1]}, {probe[2]} }} }},\n")
        out.write("};\n")


def write_fixtures():
    os.makedirs(FIXTURES, exist_ok=True)
    path = lambda name: os.path.join(FIXTURES, name)
    small = picture(24, 16, smooth=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "2019:07:04 12:34:56"
    small.save(path("rgb.png"))
    small.save(path("rotated.png"), exif=exif)
    small.save(path("rgb.bmp"))
    small.save(path("rgb.tiff"), compression="tiff_lzw")
    small.save(path("rgb.webp"), lossless=True)
    small.save(path("rotated.webp"), lossless=True, exif=exif)
    small.convert("L").save(path("gray.png"))
    palette = small.quantize(64, dither=Image.Dither.NONE)
    palette.save(path("palette.gif"))
    palette.save(path("palette.png"))
    palette.convert("RGB").save(path("palette-as-rgb.png"))
    alpha = small.copy()
    ramp = np.tile((np.arange(24) * 255 // 23).astype(np.uint8), (16, 1))
    alpha.putalpha(Image.fromarray(ramp, "L"))
    alpha.save(path("alpha.png"))
    alpha.save(path("alpha.webp"), lossless=True, exact=True)
    wide = (np.asarray(small.convert("L")).astype(np.uint16) << 8) | 0x5A
    Image.fromarray(wide).save(path("gray16.png"))
    photo = picture(40, 30, smooth=True)
    photo.convert("CMYK").save(path("cmyk.jpg"), quality=95)
    Image.open(path("cmyk.jpg")).convert("RGB").save(path("cmyk-as-rgb.png"))
    photo.save(path("420.jpg"), quality=90, subsampling=2)
    Image.open(path("420.jpg")).convert("RGB").save(path("420-as-rgb.png"))
    photo.save(path("progressive.jpg"), quality=90, subsampling=1, progressive=True)
    Image.open(path("progressive.jpg")).convert("RGB").save(path("progressive-as-rgb.png"))


if __name__ == "__main__":
    sys.exit(write_golden() or write_fixtures())
