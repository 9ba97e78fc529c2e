#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real window as a screen reader would: by role and name.

    test-window.py PROGRAM XDND-DROP
"""
import subprocess
from pathlib import Path

import screen
from screen import NAMES, PATIENCE, check_names, containing, named, press, put_text


def drop(dropper, path):
    """Drops a file or folder on the window as a file manager does; whether it was taken."""
    found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "Eidetic"], capture_output=True, text=True)
    answer = subprocess.run([dropper, found.stdout.split()[-1], Path(path).as_uri()], timeout=PATIENCE).returncode
    assert answer in (0, 1), "the window does not answer a drop"
    return answer == 0


def drop_a_folder(window, dropper, photos):
    window.wait("the first page", named("Try the Sample Photos"))
    assert not drop(dropper, Path(photos) / NAMES[0]), "a single file was taken for a folder"
    window.wait("why not", containing("Drop a folder"))
    assert drop(dropper, photos), "the folder was refused"
    for name in NAMES:
        window.wait(name, named(name))


def search(window):
    put_text(window, "Search photos", "a cat in the desert")
    window.wait("the count of matches", containing("good match"))
    tiles = [name for _, name, _ in window.all() if name in NAMES]
    assert tiles[0] == "cat-in-the-desert.jpg", tiles


def find_similar_but(window):
    """With the keyboard alone."""
    press("ctrl+shift+m")
    window.wait("the dialog", containing("The most similar photos"))
    check_names(window)
    subprocess.run(["xdotool", "type", "cat"], check=True)
    press("Tab")
    subprocess.run(["xdotool", "type", "tiger"], check=True)
    press("Return")
    window.wait("what is shown", containing("less “cat”, more “tiger”"))


def drive(program, dropper, photos):
    with screen.start(program, "--device", "cpu") as window:
        drop_a_folder(window, dropper, photos)
        search(window)
        check_names(window)
        find_similar_but(window)
        assert window.process.poll() is None
        # Closed while it looks for changes: the program ends by itself and ends well.
        press("F5", "ctrl+q")
        screen.ended_well(window)


if __name__ == "__main__":
    screen.run(drive)
