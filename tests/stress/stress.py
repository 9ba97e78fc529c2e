#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What takes minutes: memory over many photographs, kills, and bad files among good ones.

    stress.py BUILD_FOLDER [memory|kills|poison]... [--scale N] [--keep FOLDER]

Runs the real program of a build on the processor, in a temporary folder, and says what it measured; the status is 1 if a goal
is missed.  --scale divides the numbers of photographs, for a quick look.
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path


class Bench:
    def __init__(self, build, folder, scale):
        self.build, self.folder, self.scale = Path(build).resolve(), Path(folder), scale
        self.cli = self.build / "src/cli/eidetic-cli"
        self.misses = 0
        self.environment = {**os.environ, "HOME": folder, "LC_ALL": "C.UTF-8",
                            "XDG_CACHE_HOME": f"{folder}/cache", "XDG_DATA_HOME": f"{folder}/data",
                            "EIDETIC_WORKER": str(self.build / "src/worker/eidetic-worker"),
                            "EIDETIC_DATA_DIR": str(Path(__file__).resolve().parents[2] / "data")}

    def say(self, what, ok=None):
        self.misses += ok is False
        print({None: "     ", True: "ok   ", False: "MISS "}[ok] + what, flush=True)

    def make(self, name, count, *more):
        folder = self.folder / name
        subprocess.run([self.build / "tests/stress/make-photos", folder, str(count), *map(str, more)], check=True)
        return folder

    def start(self, library, *folders, worker=None):
        environment = dict(self.environment)
        if worker:
            environment["EIDETIC_WORKER"] = str(worker)
        return subprocess.Popen([self.cli, "--library", self.folder / library, "--device", "cpu", "--json", "index",
                                 *folders], stdout=subprocess.PIPE, env=environment, text=True)

    def finish(self, process, peak=None):
        """(totals, failures, [(seconds, done)])"""
        begun, failures, steps, totals = time.monotonic(), [], [], None
        watcher = threading.Thread(target=self.watch_memory, args=(process, peak), daemon=True)
        if peak is not None:
            watcher.start()
        for line in process.stdout:
            row = json.loads(line)
            if "reason" in row:
                failures.append(row)
            elif "photos" in row:
                totals = row
            else:
                steps.append((time.monotonic() - begun, row["done"]))
        process.wait()
        if totals is None:
            raise SystemExit(f"the program ended with {process.returncode}")
        return totals, failures, steps

    @staticmethod
    def watch_memory(process, peak):
        """The peak of all in MiB, and that of its own memory: the rest is the library's file, which the system takes back when
        it wants to."""
        peak[:] = [0, 0]
        while process.poll() is None:
            try:
                text = Path(f"/proc/{process.pid}/status").read_text()
            except OSError:
                return
            values = dict(line.split(":", 1) for line in text.splitlines())
            for i, name in enumerate(("VmHWM", "RssAnon")):
                peak[i] = max(peak[i], int(values.get(name, "0").split()[0]) / 1024)
            time.sleep(0.05)

    # ---- the cases ----

    def memory(self):
        """The peak of the process that indexes does not depend on how many photographs there are."""
        peaks = {}
        for count in (2000 // self.scale, 20000 // self.scale):
            folder, peak = self.make(f"memory-{count}", count), []
            totals, _, _ = self.finish(self.start(f"library-{count}", folder), peak)
            peaks[count] = peak
            size = (self.folder / f"library-{count}" / "data.mdb").stat().st_size / 2**20
            self.say(f"{count} photos: {totals['indexed']} indexed, {totals['photos_per_second']:.0f} a second, "
                     f"peak {peak[0]:.1f} MiB, of its own {peak[1]:.1f} MiB, the library has {size:.1f} MiB", totals["indexed"] == count)
            shutil.rmtree(folder)
        few, many = peaks.values()
        self.say(f"of its own: {many[1] / few[1]:.3f}")
        self.say(f"peak over peak: {many[0] / few[0]:.3f} (goal: at most 1.1)", many[0] / few[0] <= 1.1)

    def kills(self):
        """Killed at three places, each time with a new library; then what costs nothing."""
        count = 3000 // self.scale
        folder = self.make("kills", count)
        for share in (0.3, 0.6, 0.9):
            library = f"kills-{share}"
            process, done = self.start(library, folder), 0
            for line in process.stdout:
                done = json.loads(line).get("done", done)
                if done >= share * count:
                    break
            process.send_signal(signal.SIGKILL)
            process.communicate()
            totals, failures, _ = self.finish(self.start(library, folder))
            self.say(f"killed at {done} of {count}: then {totals['unchanged']} unchanged, {totals['indexed']} indexed, "
                     f"{len(failures)} failed", totals["unchanged"] >= done and totals["photos"] == count and not failures)
        totals, _, _ = self.finish(self.start(library, folder))
        self.say(f"once more: {totals['indexed']} indexed, {totals['unchanged']} unchanged in {totals['seconds']:.2f} s",
                 totals["indexed"] == 0 and totals["unchanged"] == count)
        below = sorted(folder.iterdir())
        (folder / "moved").mkdir()
        for part in below[:len(below) // 2]:
            part.rename(folder / "moved" / part.name)
        totals, _, _ = self.finish(self.start(library, folder))
        self.say(f"half of the folders moved: {totals['indexed']} indexed, {totals['moved']} moved, {totals['unchanged']} unchanged",
                 totals["indexed"] == 0 and totals["photos"] == count)
        shutil.rmtree(folder)

    def poison(self):
        """Damaged, crashing, hanging and greedy files among good ones."""
        count, bad = 5000 // self.scale, 1000 // self.scale
        worker = self.build / "tests/image/eidetic-test-worker"
        folder = self.make("poison", count, 1600, 1200)
        clean, _, _ = self.finish(self.start("clean-library", folder, worker=worker))
        self.say(f"clean: {clean['indexed']} photos, {clean['seconds']:.1f} s, {clean['photos_per_second']:.0f} a second",
                 clean["indexed"] == count)
        good = sorted(folder.rglob("*.jpg"))
        chance, planted = random.Random(1), set()
        for i in range(bad):
            data = bytearray(chance.choice(good).read_bytes())
            for _ in range(chance.randint(1, 40)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            if chance.random() < 0.3:
                del data[chance.randrange(len(data)):]
            path = chance.choice(good).with_name(f"mutated-{i}.jpg")
            path.write_bytes(data)
            planted.add(str(path))
        wanted = {"crash": "decoder-crashed", "sleep": "too-slow", "hog": "out-of-memory"}
        for fault in wanted:
            path = good[0].with_name(f"aa-{fault}.jpg")
            path.write_text("FAULT " + fault)
            planted.add(str(path))
        totals, failures, steps = self.finish(self.start("poison-library", folder, worker=worker))
        listed = {row["file"]: row["reason"] for row in failures}
        reasons = {}
        for reason in listed.values():
            reasons[reason] = reasons.get(reason, 0) + 1
        self.say(f"among {len(planted)} bad ones: {totals['indexed']} indexed, {totals['failed']} failed, {totals['seconds']:.1f} s")
        self.say(f"reasons: {reasons}")
        self.say("every good one is indexed, every bad one indexed or listed",
                 set(listed) <= planted and totals["indexed"] + totals["failed"] == count + len(planted))
        for fault, reason in wanted.items():
            found = listed.get(str(good[0].with_name(f"aa-{fault}.jpg")))
            self.say(f"{fault}: {found}", found == reason)
        last = next((at for at, done in steps if done >= totals["photos"]), totals["seconds"])
        rate = (totals["indexed"] + totals["failed"]) / totals["seconds"]
        self.say(f"{rate:.0f} files a second to the end, {rate / clean['photos_per_second']:.0%} of clean (goal: 90 %); "
                 f"the last photograph came after {last:.1f} s", rate >= 0.9 * clean["photos_per_second"])
        shutil.rmtree(folder)


def main():
    cases = {"memory": Bench.memory, "kills": Bench.kills, "poison": Bench.poison}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("cases", nargs="*", choices=[*cases, []], default=[])
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--keep")
    arguments = parser.parse_args()
    folder = arguments.keep or tempfile.mkdtemp(prefix="eidetic-stress-")
    bench = Bench(arguments.build, folder, arguments.scale)
    try:
        for name in arguments.cases or cases:
            print(name, flush=True)
            cases[name](bench)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return bench.misses > 0


if __name__ == "__main__":
    sys.exit(main())
