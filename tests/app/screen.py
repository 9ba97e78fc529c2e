# SPDX-License-Identifier: GPL-3.0-or-later
"""A window on a screen of its own, seen as a screen reader sees it.

A test file calls run() with what it does; without the marker in its arguments it starts itself again on an X server and a
session bus of its own.
"""
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE = 60
SKIP = 77
INSIDE = "--inside"
SAMPLES = Path(os.environ["EIDETIC_DATA_DIR"]) / "samples"
NAMES = ["red-boat-on-the-sea.jpg", "cat-in-the-desert.jpg", "tiger-in-the-snow.jpg"]


def start_again(arguments):
    if not all(map(shutil.which, ["Xvfb", "dbus-run-session", "xdotool"])):
        return SKIP
    home = Path(tempfile.mkdtemp(prefix="eidetic-app-"))
    photos = home / "photos"
    photos.mkdir()
    for name in NAMES:
        shutil.copy(SAMPLES / name, photos)
    environment = {
        **os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"), "XDG_RUNTIME_DIR": str(home), "GDK_BACKEND": "x11",
        "GSETTINGS_BACKEND": "memory", "NO_AT_BRIDGE": "0", "G_DEBUG": "fatal-criticals",
    }
    environment.pop("WAYLAND_DISPLAY", None)
    home.chmod(0o700)
    try:
        with a_display() as display:
            return subprocess.run(["dbus-run-session", "--", sys.executable, sys.argv[0], *arguments, str(photos), INSIDE],
                                  env={**environment, "DISPLAY": display}, timeout=5 * PATIENCE).returncode
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def a_display():
    """An X server of our own.  It chooses a free number itself, so that tests may run side by side, and does not start
    over when the last client leaves: the next one would find it closed."""
    receiver, sender = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(sender), "-screen", "0", "1100x800x24", "-nolisten", "tcp", "-noreset"],
                              pass_fds=[sender], stderr=subprocess.DEVNULL)
    os.close(sender)
    try:
        with os.fdopen(receiver) as number:
            yield ":" + number.readline().strip()
    finally:
        server.terminate()
        server.wait()


class Window:
    def __init__(self, process):
        import pyatspi  # only where there is a session

        self.pyatspi = pyatspi
        self.process = process

    def all(self, without=()):
        found = []
        for application in self.pyatspi.Registry.getDesktop(0):
            if application and application.name in ("eidetic", "Eidetic"):
                self.walk(application, found, without)
        return found

    def walk(self, node, found, without=()):
        try:
            if node.name in without:
                return
            found.append((node.getRoleName(), node.name, node))
            for child in node:
                if child:
                    self.walk(child, found, without)
        except Exception:  # it went away while we looked
            pass

    def wait(self, what, wanted):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            for role, name, node in self.all():
                if wanted(role, name, node):
                    return node
            time.sleep(0.2)
        for role, name, _ in self.all():
            print(f"{role:20} {name!r}", file=sys.stderr)
        raise AssertionError(f"not there: {what}; the program has {'ended' if self.process.poll() is not None else 'not ended'}")

    def showing(self, node):
        return node.getState().contains(self.pyatspi.STATE_SHOWING)


@contextlib.contextmanager
def start(*command):
    process = subprocess.Popen(command)
    try:
        yield Window(process)
    finally:
        process.kill()
        process.wait()


def ended_well(window):
    status = window.process.wait(PATIENCE)
    assert status == 0, f"the program ended with {status}"


def named(wanted):
    return lambda role, name, node: name == wanted


def containing(wanted):
    return lambda role, name, node: wanted in name


def press(*keys):
    subprocess.run(["xdotool", "key", *keys], check=True)


def below(window, node):
    found = []
    window.walk(node, found)
    return found


def editable_of(window, node):
    """The node, or what lies in it or around it, that takes text."""
    for place in (node, node.parent):
        for _, _, inner in below(window, place):
            if "EditableText" in window.pyatspi.utils.listInterfaces(inner):
                return inner
    return None


def put_text(window, what, text):
    entry = editable_of(window, window.wait(what, named(what)))
    assert entry, f"{what} takes no text"
    entry.queryEditableText().setTextContents(text)


def check_names(window):
    for role, name, _ in window.all(without=["AdwToastWidget"]):  # libadwaita 1.2 gives its close button no name
        if role in ("push button", "toggle button", "text", "entry", "slider", "list item", "table cell"):
            assert name and not name.startswith(("Gtk", "Adw", "App")), (role, name)


def run(drive):
    """drive (*programs, folder of photos)"""
    arguments = sys.argv[1:]
    if arguments[-1] == INSIDE:
        drive(*arguments[:-1])
    else:
        sys.exit(start_again([os.path.abspath(argument) for argument in arguments]))
