#include "data/config.h"

#include <set>

#include "src/core/config.h"
#include "src/core/error.h"

namespace facemat {

void fields(FieldVisitor& visit, FaceSourceConfig& c) {
  visit("kind", c.kind, "procedural, folder, or celebamask");
  visit("name", c.name, "name in reports; empty: the kind");
  visit("weight", c.weight, "share among the face sources", {0, 1e9});
  visit("count", c.count, "procedural: number of identities", {1, 1e9});
  visit("images", c.images, "folder: pictures");
  visit("masks", c.masks, "folder: masks with the pictures' stems");
  visit("root", c.root, "celebamask: the folder that holds CelebA-HQ-img");
  visit("labels", c.labels, "celebamask: labels that make the face");
  visit("cut_labels", c.cut_labels, "celebamask: labels that lie over the face");
  visit("polarity", c.polarity, "of the masks: visible_face (1 = face) or occluder (1 = not face)",
        {"visible_face", "occluder"});
  visit("licence", c.licence, "licence of the source, for the roll-up");
}

void fields(FieldVisitor& visit, OccluderSourceConfig& c) {
  visit("kind", c.kind, "procedural, cutouts, or sprites");
  visit("name", c.name, "name in reports; empty: the kind");
  visit("weight", c.weight, "share among the occluder sources", {0, 1e9});
  visit("objects", c.objects, "procedural: which objects; empty: all");
  visit("root", c.root, "cutouts, sprites: folder of RGBA PNG files");
  visit("occluder_class", c.occluder_class, "class of cut-outs and sprites",
        {"hand", "hair", "glasses", "accessory", "object", "food", "cloth", "translucent", "texture"});
  visit("toward_face", c.toward_face, "cutouts: turn the top towards the face's centre (hands)");
  visit("fit_face", c.fit_face, "cutouts: lay over nose, mouth and chin (face masks)");
  visit("licence", c.licence, "licence of the source, for the roll-up");
}

void fields(FieldVisitor& visit, SplitConfig& c) {
  visit("name", c.name, "train, valid, test, ...");
  visit("stills", c.stills, "single pictures", {0, 1e8});
  visit("clips", c.clips, "clips in motion", {0, 1e8});
  visit("frames", c.frames, "frames of a clip", {2, 10000});
  visit("occluded", c.occluded, "share of samples with an occluder", {0, 1});
}

void fields(FieldVisitor& visit, DataConfig& c) {
  visit("seed", c.seed, "seed of everything random");
  visit("size", c.size, "side of the square frames, pixels", {32, 2048});
  visit("image_format", c.image_format, "of pictures; alpha is always PNG", {"jpg", "png"});
  visit("jpeg_quality", c.jpeg_quality, "of pictures", {1, 100});
  visit("alpha_bits", c.alpha_bits, "8 or 16", {8, 16});
  visit("second_occluder", c.second_occluder, "probability of a second occluder", {0, 1});
  visit("least_area", c.least_area, "cut-outs: smallest area as a share of the face's box", {0.01, 4});
  visit("most_area", c.most_area, "cut-outs: largest area as a share of the face's box", {0.01, 4});
  visit("degrade", c.degrade, "probability of contrast, blur, noise and JPEG changes", {0, 1});
  visit("trimap_kernel", c.trimap_kernel, "largest side of the trimap's kernels at 640x640", {1, 200});
  visit("eval_trimap_kernel", c.eval_trimap_kernel, "fixed side at 640x640 for all splits but train", {1, 200});
  visit.list("faces", c.faces, "where faces come from");
  visit.list("occluders", c.occluders, "where occluders come from");
  visit.list("splits", c.splits, "what to make");
}

void check(const DataConfig& config) {
  require(config.alpha_bits == 8 || config.alpha_bits == 16, "alpha_bits is {} (allowed: 8, 16)", config.alpha_bits);
  require(config.least_area <= config.most_area, "least_area {} is more than most_area {}", config.least_area,
          config.most_area);
  require(!config.faces.empty(), "faces is empty: name at least one face source");
  require(!config.occluders.empty(), "occluders is empty: name at least one occluder source");
  require(!config.splits.empty(), "splits is empty: nothing to make");
  std::set<std::string> names;
  for (const SplitConfig& split : config.splits) {
    const bool plain = !split.name.empty() && split.name.find_first_of("/\\. ") == std::string::npos;
    require(plain, "split name '{}' (allowed: letters, digits, '-' and '_')", split.name);
    require(names.insert(split.name).second, "split '{}' is named twice", split.name);
  }
}

}  // namespace facemat
