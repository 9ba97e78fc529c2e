#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""models, and what happens with folders that are no usable model: one clear line, nothing else disturbed."""
import json
import os
import shutil

import driver
from driver import COULD_NOT_RUN, DEMO_MODEL, SAMPLES, USAGE

KEYS = {"name", "path", "kind", "dim", "size", "licence", "state"}
BOAT = "red-boat-on-the-sea.jpg"


class ModelTest(driver.Test):
    def folder(self, name, *left_out):
        """A copy of the bundled model, outside the bundle."""
        folder = self.home / name
        shutil.copytree(DEMO_MODEL, folder, ignore=shutil.ignore_patterns(*left_out))
        os.chmod(folder, 0o755)
        return folder

    def install(self, name):
        folder = self.home / "data" / "eidetic" / "models" / name
        shutil.copytree(DEMO_MODEL, folder)
        return folder


class Models(ModelTest):
    def test_list(self):
        rows = self.run_cli("models").rows
        self.assertEqual(self.run_cli("models", "list").rows, rows)
        bundled, = rows
        self.assertEqual(set(bundled), KEYS)
        self.assertEqual((bundled["kind"], bundled["dim"], bundled["state"]), ("coca", 128, "in-use"))
        self.assertTrue(os.path.samefile(bundled["path"], DEMO_MODEL))
        self.assertEqual(bundled["size"], (DEMO_MODEL / "open_clip_model.safetensors").stat().st_size)

    def test_info(self):
        bundled, = self.run_cli("models").rows
        self.assertEqual(self.run_cli("models", "info", bundled["name"]).rows, [bundled])
        row, = self.run_cli("models", "info", str(self.folder("mine"))).rows
        self.assertEqual((row["name"], row["kind"], row["dim"], row["state"]), ("mine", "coca", 128, "ready"))

    def test_use(self):
        self.install("another")
        self.assertEqual({row["name"]: row["state"] for row in self.run_cli("models").rows}["another"], "ready")
        self.run_cli("models", "use", "another")
        states = {row["name"]: row["state"] for row in self.run_cli("models").rows}
        self.assertEqual([name for name, state in states.items() if state == "in-use"], ["another"])
        self.add_samples(BOAT)
        self.assertEqual(self.run_cli("index", str(self.photos)).rows[-1]["model"], "another")

    def test_the_former_model_answers_until_the_new_one_is_ready(self):
        def add(folder, names):
            (self.photos / folder).mkdir()
            self.add_samples(*names, folder=self.photos / folder)

        def found():
            last = self.run_cli("search", "a boat").rows[-1]
            self.assertEqual(last["searched"], last["photos"])
            return last["total"], last["model"]

        names = sorted(path.name for path in SAMPLES.glob("*.jpg"))
        add("one", names[:10])
        add("two", names[10:30])
        self.run_cli("index", str(self.photos))
        with open(self.folder("mine") / "open_clip_config.json", "a") as config:
            config.write("\n")  # the same model, and yet another
        self.run_cli("models", "use", "./mine")
        self.assertEqual(found(), (30, "demo"))
        self.run_cli("index", str(self.photos / "one"))
        self.assertEqual(found(), (30, "demo"))
        self.run_cli("index", str(self.photos))
        add("three", names[30:35])
        self.run_cli("index", str(self.photos))
        self.assertEqual(found(), (35, "mine"))
        self.run_cli("models", "use", "demo")
        self.assertEqual(found(), (35, "mine"), "the one that knows more answers")

    def test_names_that_are_none(self):
        for command in (["models", "info", "nonsense"], ["models", "use", "nonsense"],
                        ["search", "boat", "--model", "nonsense"], ["tokenize", "boat", "--model", "nonsense"]):
            answer = self.run_cli(*command, expect=COULD_NOT_RUN)
            self.assertEqual(answer.output, b"")
            self.assert_one_line(answer, "nonsense")

    def test_wrong_usage(self):
        for arguments in (["info"], ["use"], ["list", "more"], ["add", "x"]):
            self.run_cli("models", *arguments, expect=USAGE)


class Unusable(ModelTest):
    """Every job that needs the model says why it cannot be used, and leaves the library as it was."""

    def refuse(self, folder, *words):
        self.add_samples(BOAT)
        self.run_cli("index", str(self.photos))
        for command in (["embed", str(SAMPLES / BOAT)], ["index", str(self.photos)], ["search", "boat"]):
            answer = self.run_cli(*command, "--model", str(folder), expect=COULD_NOT_RUN)
            self.assertEqual([row for row in answer.rows if "done" not in row], [], command)
            self.assert_one_line(answer, folder, *words)
        answer = self.run_cli("models", "use", str(folder), expect=COULD_NOT_RUN)
        self.assert_one_line(answer, folder, *words)
        first, _ = self.run_cli("search", "boat").rows
        self.assertEqual(os.path.basename(first["file"]), BOAT)

    def test_truncated(self):
        folder = self.folder("cut")
        weights = folder / "open_clip_model.safetensors"
        os.truncate(weights, weights.stat().st_size - 1000)
        self.refuse(folder, "open_clip_model.safetensors")

    def test_cut_in_the_header(self):
        folder = self.folder("cut")
        os.truncate(folder / "open_clip_model.safetensors", 100)
        self.refuse(folder, "open_clip_model.safetensors")

    def test_no_model(self):
        folder = self.home / "holiday"
        folder.mkdir()
        self.refuse(folder, "open_clip_config.json")

    def test_no_weights(self):
        self.refuse(self.folder("light", "*.safetensors"))

    def test_a_configuration_that_is_no_json(self):
        folder = self.folder("scrap")
        (folder / "open_clip_config.json").write_text('{"model_cfg": ')
        self.refuse(folder, "open_clip_config.json")

    def test_an_unsupported_kind(self):
        for name in ("vit_base_patch16_siglip_224", "convnext_base"):
            folder = self.folder(name)
            config = json.loads((folder / "open_clip_config.json").read_text())
            config["model_cfg"]["vision_cfg"] = {"image_size": 224, "timm_model_name": name, "timm_pool": "avg"}
            (folder / "open_clip_config.json").write_text(json.dumps(config))
            answer = self.run_cli("embed", "--text", "boat", "--model", str(folder), expect=COULD_NOT_RUN)
            self.assert_one_line(answer, folder)
            self.assertRegex(answer.errors.lower(), "siglip|convnext|timm")

    def test_shown_as_such(self):
        folder = self.install("broken")
        (folder / "open_clip_config.json").write_text("{}")
        states = {row["name"]: row for row in self.run_cli("models").rows}
        self.assertEqual(states["broken"]["state"], "unusable")
        self.assertTrue(states["broken"]["detail"])
        self.assertIn("in-use", [row["state"] for row in states.values()])


if __name__ == "__main__":
    driver.main()
