#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Captions that files bring along are shown and found."""
import driver
from driver import SAMPLES

BOAT, CAT, FOX = "red-boat-on-the-sea.jpg", "cat-in-the-desert.jpg", "tiger-in-the-snow.jpg"
XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/">{}</rdf:Description></rdf:RDF></x:xmpmeta>"""
TEXT = '<{0}><rdf:Alt><rdf:li xml:lang="x-default">{1}</rdf:li></rdf:Alt></{0}>'


class Captions(driver.Test):
    def write(self, name, **captions):
        """A sample with captions in its XMP; a name with two underscores stands for one with a colon."""
        data = (SAMPLES / name).read_bytes()
        words = "".join(TEXT.format(key.replace("__", ":"), text) for key, text in captions.items())
        segment = b"http://ns.adobe.com/xap/1.0/\0" + XMP.format(words).encode()
        if captions:
            data = data[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + data[2:]
        (self.photos / name).write_bytes(data)

    def captions(self, *query):
        rows = self.run_cli("search", "--all", "--", *query).rows[:-1]
        return {row["file"].rsplit("/", 1)[-1]: row["caption"] for row in rows}

    def test_captions_of_files(self):
        self.write(BOAT, dc__description="Anna’s birthday in Malmö")
        self.write(CAT, dc__description="not this one", Iptc4xmpCore__AltTextAccessibility="A cat that looks at the camera")
        self.write(FOX)
        self.assertEqual(self.run_cli("index", str(self.photos)).rows[-1]["indexed"], 3)
        boat, cat = {BOAT: "Anna’s birthday in Malmö"}, {CAT: "A cat that looks at the camera"}
        self.assertEqual(self.captions("sea"), {**boat, **cat, FOX: None})
        self.assertEqual(self.captions("has:caption"), {**boat, **cat})
        self.assertEqual(self.captions("has:no-caption"), {FOX: None})
        self.assertEqual(self.captions('"looks at"'), cat)
        self.assertEqual(self.captions('"MALMO"'), boat)
        self.assertEqual(self.captions('-"malmö"', "has:caption"), cat)
        self.assertEqual(self.captions('"not this one"'), {})
        # The file speaks for itself still when it has changed.
        self.write(BOAT)
        self.write(FOX, dc__description="Stripes")
        self.run_cli("index", str(self.photos))
        self.assertEqual(self.captions("has:caption"), {**cat, FOX: "Stripes"})


if __name__ == "__main__":
    driver.main()
