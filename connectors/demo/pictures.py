"""Pictures that people send along, drawn here: a bank's receipt, a screen that does not move on."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE: Final = (900, 1240)
INK: Final = "#20262e"
GREY: Final = "#6b7480"
_DEKONT: Final = (
    ("EFT / FAST DEKONTU", ""),
    ("Islem tarihi", "12:04"),
    ("Gonderen", "A*** K*** YILDIZ"),
    ("Gonderen IBAN", "TR** **** **** **** **** **41 07"),
    ("Alici", "MEHMET KAYA"),
    ("Alici IBAN", "TR** **** **** **** **** **88 32"),
    ("Tutar", "34.850,00 TL"),
    ("Islem ucreti", "0,00 TL"),
    ("Aciklama", "48213309"),
    ("Durum", "GERCEKLESTI"),
)
_WITHDRAWAL: Final = (
    ("Withdrawal details", ""),
    ("Status", "Processing"),
    ("Coin", "USDT"),
    ("Network", "TRC20"),
    ("Amount", "3,000.00"),
    ("Network fee", "1.00"),
    ("TxID", "-"),
    ("Submitted", "3 h ago"),
)
_REJECTED: Final = (
    ("Identity verification", ""),
    ("Attempt", "3"),
    ("Result", "Not approved"),
    ("Reason", "Photo not clear"),
    ("Document", "National ID"),
    ("Next step", "Submit again"),
)
_PICTURES: Final[Mapping[str, tuple[tuple[tuple[str, str], ...], str]]] = {
    "dekont": (_DEKONT, "#0a6b4f"),
    "withdrawal": (_WITHDRAWAL, "#b7791f"),
    "rejected": (_REJECTED, "#a4342e"),
}


def draw(name: str) -> bytes:
    """A JPEG as a phone would have taken it: a little turned, a little soft. Raises KeyError."""
    rows, colour = _PICTURES[name]
    paper = Image.new("RGB", SIZE, "#fbfbf8")
    pen = ImageDraw.Draw(paper)
    pen.rectangle((0, 0, SIZE[0], 150), fill=colour)
    pen.text((60, 50), rows[0][0], fill="white", font=ImageFont.load_default(46))
    for place, (label, value) in enumerate(rows[1:]):
        top = 220 + place * 100
        pen.text((60, top), label, fill=GREY, font=ImageFont.load_default(26))
        pen.text((60, top + 34), value, fill=INK, font=ImageFont.load_default(38))
        pen.line((60, top + 90, SIZE[0] - 60, top + 90), fill="#dcdfe3", width=2)
    return _photographed(paper)


def _photographed(paper: Image.Image) -> bytes:
    turned = paper.rotate(1.4, expand=True, fillcolor="#8f8a83", resample=Image.Resampling.BICUBIC)
    out = io.BytesIO()
    turned.filter(ImageFilter.GaussianBlur(0.6)).save(out, "JPEG", quality=80)
    return out.getvalue()
