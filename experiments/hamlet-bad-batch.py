"""Writes hamlet-bad-batch.txt: the beginning of Hamlet, with random characters in the place of one mini-batch.

transformer-bad-batch.yaml reads 260 batches of 8 pieces of 32 characters, in the order of the text; the batch of step 230 is the bad one.
"""
import pathlib
import random

BATCH, STEPS, BAD = 8 * 32, 260, 230

here = pathlib.Path(__file__).parent
text = list((here / "../src/Lab/Data/hamlet.txt").read_text(encoding="utf-8")[: BATCH * STEPS + 1])
alphabet = sorted(set(text))
noise = random.Random(0).choices(alphabet, k=BATCH)
text[BATCH * BAD : BATCH * (BAD + 1)] = noise
(here / "hamlet-bad-batch.txt").write_text("".join(text), encoding="utf-8", newline="\n")
