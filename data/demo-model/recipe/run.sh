#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The whole recipe: tokenizer, training pictures, training, figures, samples.  See README.md.
#
#   ./run.sh FOLDER        everything is made there: FOLDER/pack is the model, FOLDER/samples the pictures
#
# PYTHON (python3), MINUTES of training (60), DEVICE (cpu) and SHARDS of 1,000 pairs (29) may be set.
set -eu

out=$(realpath -m "${1:?which folder?}")
python=${PYTHON:-python3}
cd "$(dirname "$0")"
mkdir -p "$out/pack"

"$python" tokens.py "$out/pack"
OMP_NUM_THREADS=1 "$python" pool.py "$out/pool" "${SHARDS:-29}"
OMP_WAIT_POLICY=PASSIVE "$python" train.py --pool "$out/pool" --pack "$out/pack" --minutes "${MINUTES:-60}" \
    --device "${DEVICE:-cpu}"
"$python" gallery.py "$out/samples"
"$python" evaluate.py "$out/pack" --samples "$out/samples" --json "$out/figures.json"
