"""What tools/release and tools/study_photographs learn from: variants of configs/data/release.yaml, written into a folder."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def splits(stills=0, clips=0, frames=4, valid=(0, 0), test=(0, 0)):
    """How much is made; shares are those of configs/data/release.yaml, so that nobody changes the split."""
    return f"""splits:
  - {{name: train, share: 70, stills: {stills}, clips: {clips}, frames: {frames}, occluded: 0.88}}
  - {{name: valid, share: 10, stills: {valid[0]}, clips: {valid[1]}, frames: 8, occluded: 0.9}}
  - {{name: test, share: 20, stills: {test[0]}, clips: {test[1]}, frames: 8, occluded: 0.9}}
"""


LABELLED = splits(stills=20000, clips=20000)
UNLABELLED = """faces:
  - kind: unlabelled
    name: natural occluders
    images: real/natural/images
    lists:
      - {split: train, file: "FOLDER/natural_train.txt"}
      - {split: valid, file: "FOLDER/natural_valid.txt"}
      - {split: test, file: "FOLDER/natural_test.txt"}
    licence: public domain, CC BY 4.0, MIT
  - kind: unlabelled
    name: faces without their masks
    images: real/faces/images
    lists:
      - {split: train, file: real/lists/train.txt}
      - {split: valid, file: real/lists/valid.txt}
      - {split: test, file: real/lists/test.txt}
    licence: public domain, CC BY 4.0, MIT
"""


def list_natural(data, folder):
    """Of the faces with occluders of their own, two of ten are for tests and one is for validation."""
    names = sorted(file.name for file in (data / "real/natural/images").iterdir())
    for split, places in (("train", (2, 3, 4, 6, 7, 8, 9)), ("valid", (1,)), ("test", (0, 5))):
        lines = [name for place, name in enumerate(names) if place % 10 in places]
        (folder / f"natural_{split}.txt").write_text("\n".join(lines) + "\n")


def lay_out(file, data, size, rest, base="configs/data/release.yaml"):
    """Writes settings of `base` with pictures below `data`, frames of `size` pixels and the lines of `rest`; returns `file`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    list_natural(data, file.parent)
    rest = rest.replace("FOLDER", str(file.parent))
    file.write_text(f"base: \"{ROOT / base}\"\nroot: \"{data}\"\nsize: {size}\n{rest}")
    return file
