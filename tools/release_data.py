"""What tools/release, study_photographs and rivals learn from: variants of configs/data/release.yaml, written into a folder."""

import csv
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
RELEASE = "configs/data/release.yaml"
MANIFEST = "real/manifest.tsv"  # of the photographs, below the folder of the pictures
SHARES = dict(re.findall(r"{name: (\w+), share: (\d+),", (ROOT / RELEASE).read_text(encoding="utf-8")))


def data_fault(data):
    """Why `data` is not the folder of the pictures; "" if it is."""
    if not data.is_dir():
        return f"{data}: no such folder (--data names that of the pictures)"
    return "" if (data / MANIFEST).is_file() else f"{data}: there is no {MANIFEST} (--data names the folder of the pictures)"


def splits(stills=0, clips=0, frames=4, valid=(0, 0), test=(0, 0)):
    """How much is made; the shares are the release's, so that nobody changes the split."""
    return f"""splits:
  - {{name: train, share: {SHARES["train"]}, stills: {stills}, clips: {clips}, frames: {frames}, occluded: 0.88}}
  - {{name: valid, share: {SHARES["valid"]}, stills: {valid[0]}, clips: {valid[1]}, frames: 8, occluded: 0.9}}
  - {{name: test, share: {SHARES["test"]}, stills: {test[0]}, clips: {test[1]}, frames: 8, occluded: 0.9}}
"""


LABELLED = splits(stills=20000, clips=20000)
# Without masks, and never beyond their borders, of which a teacher knows as little as anyone.
UNLABELLED = """placed_face: {probability: 1, degrees: 6, shift: 0, least_scale: 1.25, most_scale: 1.5, shear: 0}
motion:
  face: {probability: 0.3, degrees: 3, shift: 0.02, least_scale: 0.97, most_scale: 1.03, shear: 0}
  both: {probability: 0}
faces:
  - kind: unlabelled
    name: natural occluders
    images: real/natural/images
    lists:
      - {split: train, file: "FOLDER/natural_train.txt"}
      - {split: valid, file: "FOLDER/natural_valid.txt"}
      - {split: test, file: "FOLDER/natural_test.txt"}
    licence: public domain, CC BY 4.0, MIT
"""
PHOTOGRAPHS = """faces:
  - kind: folder
    name: labelled photographs
    images: real/faces/images
    masks: real/faces/masks
    trust: real/faces/trust
    lists:
      - {split: train, file: real/lists/train.txt}
      - {split: valid, file: real/lists/valid.txt}
      - {split: test, file: real/lists/test.txt}
    licence: public domain, CC BY 4.0, MIT
"""

# The cut-outs and textures that are dealt to the splits, and of drawings what there are no cut-outs of.
UNSEEN = """image_format: png
occluders:
  - kind: cutouts
    name: rendered hands
    root: occluders/hands
    occluder_class: hand
    toward_face: true
    from_outside: true
    harmonise: sot
    harmonised: 0.5
    weight: 3
    licence: MIT
  - {kind: cutouts, name: objects, root: occluders/rgba, occluder_class: object, weight: 2, licence: MIT and CC0-1.0}
  - {kind: shapes, name: textured shapes, textures: textures, occluder_class: texture, weight: 1, licence: MIT and CC0-1.0}
  - {kind: procedural, name: drawn hair, objects: [hair_strands], weight: 1, licence: generated}
  - {kind: procedural, name: drawn translucent things, objects: [veil, smoke], weight: 1, licence: generated}
"""


def list_natural(data, folder):
    """Lists of the faces with occluders of their own, by the splits of the manifest: nobody is in two."""
    with open(data / MANIFEST, encoding="utf-8", newline="") as manifest:
        rows = [row for row in csv.DictReader(manifest, delimiter="\t") if row["folder"] == "natural"]
    for split in ("train", "valid", "test"):
        names = sorted(f"{row['name']}.jpg" for row in rows if row["split"] == split)
        (folder / f"natural_{split}.txt").write_text("\n".join(names) + "\n")


def lay_out(file, data, size, rest, base=RELEASE):
    """Writes settings of `base` with pictures below `data`, frames of `size` pixels and the lines of `rest`; returns `file`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    list_natural(data, file.parent)
    rest = rest.replace("FOLDER", str(file.parent))
    file.write_text(f"base: \"{ROOT / base}\"\nroot: \"{data}\"\nsize: {size}\n{rest}")
    return file
