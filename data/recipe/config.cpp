#include "data/recipe/config.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "src/core/config.h"
#include "src/core/error.h"

namespace facemat {
namespace {

const Choices kClasses = {"hand", "hair",  "glasses",     "accessory", "object",
                          "food", "cloth", "translucent", "texture",   "folder"};
const Range kShare = {0, 1};

void range_fields(FieldVisitor& visit, AffineRange& r) {
  visit("degrees", r.degrees, "largest turn", {0, 180});
  visit("shift", r.shift, "largest shift, share of the frame's side", {0, 1});
  visit("least_scale", r.least_scale, "smallest scale", {0.05, 20});
  visit("most_scale", r.most_scale, "largest scale", {0.05, 20});
  visit("shear", r.shear, "largest shear, degrees", {0, 45});
}

void odds_fields(FieldVisitor& visit, StreamEffectOdds& o) {
  visit("noise", o.noise, "probability of film grain", kShare);
  visit("jitter", o.jitter, "probability of colour jitter", kShare);
  visit("grey", o.grey, "probability of grey", kShare);
  visit("sharp", o.sharp, "probability of sharpening or softening", kShare);
  visit("blur", o.blur, "probability of blur", kShare);
}

}  // namespace

void fields(FieldVisitor& visit, AffineRange& range) { range_fields(visit, range); }
void fields(FieldVisitor& visit, StreamEffectOdds& odds) { odds_fields(visit, odds); }

void fields(FieldVisitor& visit, SplitList& list) {
  visit("split", list.split, "name of the split");
  visit("file", list.file, "one name or stem a line");
}

const std::vector<std::string>& usual_labels() {
  static const std::vector<std::string> labels = {"skin", "l_brow", "r_brow", "l_eye", "r_eye",
                                                  "nose", "mouth",  "u_lip",  "l_lip"};
  return labels;
}

void fields(FieldVisitor& visit, FaceSourceConfig& c) {
  visit("kind", c.kind, "procedural, folder, celebamask, clips, no_face, unlabelled, or mattes");
  visit("name", c.name, "name in reports; empty: the kind");
  visit("weight", c.weight, "share among the face sources", {0, 1e9});
  visit("count", c.count, "procedural: number of identities", {1, 1e7});
  visit("images", c.images,
        "folder, no_face, unlabelled: pictures; mattes: foregrounds; clips: name of a clip's folder of pictures, empty: image");
  visit("masks", c.masks,
        "folder: masks with the pictures' stems; mattes: alphas; clips: name of the folder of masks, empty: mask");
  visit("trust", c.trust,
        "maps of where the masks can be believed, 1 = yes: folder: a folder, by the pictures' stems; celebamask, clips: name "
        "of a "
        "folder below root or a clip; empty: everywhere");
  visit("mask_suffix", c.mask_suffix, "folder, clips, mattes: what a mask's stem has after the picture's");
  visit("unpaired", c.unpaired, "folder, mattes: pictures without mask: stop with an error, or skip them", {"stop", "skip"});
  visit("binary", c.binary,
        "folder, celebamask, clips, mattes: masks hold two values, 0/1 or 0/255: above half of the largest is 1");
  visit(
      "crop", c.crop,
      "square of a picture that becomes the frame: its centre, a square around the face as the runtime cuts it, or one beside "
      "the face, without any; mattes: unknown, a square around a pixel of unknown alpha where they are learned from",
      {"centre", "face", "beside", "unknown"});
  visit("face_share", c.face_share, "crop: face: the face's longer side in sides of the square", {0.1, 1});
  visit("root", c.root, "celebamask: the folder that holds CelebA-HQ-img; clips: the folder of the clips");
  visit(
      "labels", c.labels,
      "celebamask: labels that make the face, empty: skin, brows, eyes, nose, mouth; folder, clips: values of a mask of labels "
      "that do, as [1, 10, 14], empty: masks are levels");
  visit("ignore", c.ignore, "folder, clips, with labels: value of pixels that nobody labelled, which get trust 0; -1: none",
        {-1, 65535});
  visit("cut_labels", c.cut_labels, "celebamask: labels that lie over the face");
  visit("backgrounds", c.backgrounds, "mattes: folder of pictures to put foregrounds over");
  visit.list("background_lists", c.background_lists,
             "mattes: for splits with a list, the backgrounds of its foregrounds in order, the same number for each");
  visit("per_foreground", c.per_foreground, "mattes: backgrounds of a foreground that is in no list", {1, 1e6});
  visit("crops", c.crops, "mattes, crop: unknown: sides of the squares, one drawn, pixels of the picture", {16, 8192});
  visit("pair", c.pair, "mattes: probability of a second foreground behind the first, where they are learned from", kShare);
  visit("resampling", c.resampling, "mattes: filters of what is learned from: plain, or one drawn of a system's: gca, cam");
  visit("polarity", c.polarity, "of the masks: visible_face (1 = face) or occluder (1 = not face)",
        {"visible_face", "occluder"});
  visit("include", c.include, "file of names to use; empty: all");
  visit("exclude", c.exclude, "file of names to leave out");
  visit.list("lists", c.lists, "official lists of splits; those with the same one share it, those without share the rest");
  visit("licence", c.licence, "licence of the source, for the roll-up");
}

void fields(FieldVisitor& visit, OccluderSourceConfig& c) {
  visit("kind", c.kind, "procedural, cutouts, pairs, shapes, or sprites");
  visit("name", c.name, "name in reports; empty: the kind");
  visit("weight", c.weight, "share among the occluder sources", {0, 1e9});
  visit("objects", c.objects, "procedural: which objects; empty: all");
  visit("root", c.root,
        "cutouts, sprites: folder of RGBA PNG or WebP files; pairs: folder that holds folders of colours and alphas");
  visit("colours", c.colours, "pairs: folder of colour pictures; with a root, the name of all such folders below it");
  visit("alphas", c.alphas, "pairs: folder of their alphas, 1 = occluder; with a root, the name of its siblings");
  visit("alpha_suffix", c.alpha_suffix, "pairs: what an alpha's stem has after the colour's");
  visit("unpaired", c.unpaired, "pairs: colours without alpha: stop with an error, or skip them", {"stop", "skip"});
  visit("binary", c.binary, "pairs: alphas are labels, 0/1 or 0/255: above half of the largest value is 1");
  visit("shrink", c.shrink, "pairs: alphas are eroded by this, pixels at 512, for masks that take background along", {0, 50});
  visit("textures", c.textures, "shapes: folder of pictures, in folders by class or not");
  visit("occluder_class", c.occluder_class, "class of what is in it; folder: by the name of the folder a file lies in",
        kClasses);
  visit("toward_face", c.toward_face, "turn the top towards the face's centre");
  visit("from_outside", c.from_outside, "with toward_face: the lower end, an arm, lies outside the frame (hands)");
  visit("fit_face", c.fit_face, "lay over nose, mouth and chin (face masks)");
  visit("lit", c.lit, "cut-outs: brightness near that of the scene's light");
  visit("harmonise", c.harmonise, "colours brought near the face's: none, statistics, skin, or sot");
  visit("harmonised", c.harmonised, "probability of that", kShare);
  visit("transparent", c.transparent, "probability that the whole is made translucent, by U(0.4, 0.7)", kShare);
  visit("deal", c.deal, "items of one split are in no other");
  visit("splits", c.splits, "names of the splits that use it; empty: all");
  visit("include", c.include, "file of names to use; empty: all");
  visit("exclude", c.exclude, "file of names to leave out");
  visit.list("lists", c.lists, "official lists of splits; those with the same one share it, those without share the rest");
  visit("licence", c.licence, "licence of the source, for the roll-up");
}

bool serves(const OccluderSourceConfig& source, const std::string& split) {
  return source.splits.empty() || std::find(source.splits.begin(), source.splits.end(), split) != source.splits.end();
}

void fields(FieldVisitor& visit, PlacementConfig& c) {
  visit("of", c.of, "what areas and centres refer to: the face's box or the image", {"face", "image"});
  visit("least_area", c.least_area, "cut-outs: smallest area of their box as a share of it", {0.001, 4});
  visit("most_area", c.most_area, "cut-outs: largest area", {0.001, 4});
  visit("turn", c.turn, "largest random turn, degrees", {0, 180});
  visit("mirror", c.mirror, "probability of mirroring a cut-out", kShare);
  visit("mirror_face", c.mirror_face, "probability of mirroring the face", kShare);
  visit("second", c.second, "probability of a second occluder", kShare);
  visit("least_covered", c.least_covered, "smallest share of the face that an occluded sample covers", kShare);
  visit("most_covered", c.most_covered, "largest share of the face that may be covered", kShare);
  visit("attempts", c.attempts, "draws before a sample is given up with an error", {1, 10000});
}

void fields(FieldVisitor& visit, AffineConfig& c) {
  visit("probability", c.probability, "of this change", kShare);
  range_fields(visit, c.range);
}

void fields(FieldVisitor& visit, MotionConfig& c) {
  visit.group("face", c.face, "motion of the face");
  visit.group("occluder", c.occluder, "motion of cut-outs");
  visit.group("both", c.both, "motion of both together, as of the camera");
  visit("span", c.span, "frames after which the path is complete; 0: with the clip", {0, 10000});
  visit("pause", c.pause, "probability that some frames freeze", kShare);
}

void fields(FieldVisitor& visit, EffectsConfig& c) {
  visit.group("face", c.face, "on faces");
  visit.group("occluder", c.occluder, "on occluders");
}

void fields(FieldVisitor& visit, ShadowConfig& c) {
  visit("probability", c.probability, "of a cast shadow and contact darkening on the face", kShare);
}

void fields(FieldVisitor& visit, DegradeConfig& c) {
  visit("probability", c.probability, "that the finished picture is degraded at all", kShare);
  visit("least_contrast", c.least_contrast, "lowest factor of contrast", {0.05, 1});
  visit("most_contrast", c.most_contrast, "highest factor of contrast", {1, 10});
  visit("exposure", c.exposure, "largest change of exposure, stops", {0, 4});
  visit("blur", c.blur, "largest sigma, pixels at 512", {0, 50});
  visit("noise", c.noise, "largest sigma, of 0..1", kShare);
  visit("least_jpeg", c.least_jpeg, "lowest JPEG quality; 100: none", {1, 100});
}

void fields(FieldVisitor& visit, TrimapConfig& c) {
  visit("largest", c.largest, "largest side of the kernels at 640x640, drawn from 1, for train", {1, 200});
  visit("evaluation", c.evaluation, "fixed side at 640x640 for all splits but train", {1, 200});
}

void fields(FieldVisitor& visit, SplitConfig& c) {
  visit("name", c.name, "train, valid, test, ...");
  visit("stills", c.stills, "single pictures", {0, 1e8});
  visit("clips", c.clips, "clips in motion", {0, 1e8});
  visit("frames", c.frames, "frames of a clip", {2, 10000});
  visit("longest", c.longest, "frames of the longest clip, if they differ: from `frames` on, evenly by ratio; 0: they do not",
        {0, 10000});
  visit("occluded", c.occluded, "share of samples with an occluder", kShare);
  visit("folds", c.folds, "blocks that the split's faces are cut into, for teachers that are asked on faces they never saw",
        {1, 100});
  visit("fold", c.fold, "of these blocks the one that is used, from 0 on", {0, 99});
  visit("share", c.share, "part of the faces and occluders that are dealt to the splits; 0: by the number of samples",
        {0, 1e8});
}

int clip_frames(const SplitConfig& split, int64_t clip) {
  if (split.longest <= split.frames || split.clips < 2) return split.frames;
  const double place = static_cast<double>(clip) / (split.clips - 1);
  return static_cast<int>(std::lround(split.frames * std::pow(static_cast<double>(split.longest) / split.frames, place)));
}

void fields(FieldVisitor& visit, DataConfig& c) {
  visit("seed", c.seed, "seed of everything random");
  visit("root", c.root, "relative folders of the sources start here; empty: the working directory");
  visit("size", c.size, "side of the square frames, pixels", {32, 2048});
  visit("image_format", c.image_format, "of pictures; alpha is always PNG", {"jpg", "png"});
  visit("jpeg_quality", c.jpeg_quality, "of pictures", {1, 100});
  visit("alpha_bits", c.alpha_bits, "8 or 16", {8, 16});
  visit("write", c.write, "kinds of files: image, alpha, trimap, occluder, clean; of mattes: background");
  visit("bad_source", c.bad_source, "a file that cannot be used: stop, or replace it by another and list it",
        {"stop", "replace"});
  visit.group("placement", c.placement, "where cut-outs lie and how much they cover");
  visit.group("placed_face", c.placed_face, "an affine change of the face, the same for all frames");
  visit.group("placed_occluder", c.placed_occluder, "an affine change of a cut-out, the same for all frames");
  visit("outside", c.outside,
        "what a frame shows beyond a photograph that was moved or made smaller: the photograph mirrored, or its border "
        "replicated, as the runtime does; never labelled as face",
        {"mirrored", "replicated"});
  visit.group("motion", c.motion, "of clips");
  visit.group("effects", c.effects, "photometric changes of one of the two");
  visit.group("shadow", c.shadow, "of occluders on the face");
  visit.group("degrade", c.degrade, "what a camera does to the finished picture");
  visit.group("trimap", c.trimap, "the unknown region");
  visit.list("faces", c.faces, "where faces come from");
  visit.list("occluders", c.occluders, "where occluders come from");
  visit.list("splits", c.splits, "what to make");
}

namespace {

void check_range(double low, double high, const char* what) {
  require(low <= high, "{}: the smallest value {} is more than the largest {}", what, low, high);
}

template <typename Source>
void check_sources(const std::vector<Source>& sources, const std::set<std::string>& splits, const char* what) {
  require(!sources.empty(), "{} is empty: name at least one source", what);
  std::set<std::string> names;
  for (const Source& source : sources) {
    const std::string& name = source.name.empty() ? source.kind : source.name;
    require(names.insert(name).second, "{}: two sources are called '{}' (give them names)", what, name);
    for (const SplitList& list : source.lists)
      require(splits.count(list.split) == 1, "{}: source '{}' has a list for '{}', which is no split", what, name, list.split);
  }
}

// Sources of occluders name splits that there are, and no split is left without any.
void check_served(const DataConfig& config, const std::set<std::string>& names) {
  for (const OccluderSourceConfig& source : config.occluders)
    for (const std::string& split : source.splits)
      require(names.count(split) == 1, "occluders: source '{}' is for '{}', which is no split",
              source.name.empty() ? source.kind : source.name, split);
  for (const SplitConfig& split : config.splits) {
    const bool served = std::any_of(config.occluders.begin(), config.occluders.end(),
                                    [&](const OccluderSourceConfig& source) { return serves(source, split.name); });
    require(served || split.occluded == 0, "split '{}' has occluded samples, and all sources of occluders are for other splits",
            split.name);
  }
}

}  // namespace

void check(const DataConfig& config) {
  require(config.alpha_bits == 8 || config.alpha_bits == 16, "alpha_bits is {} (allowed: 8, 16)", config.alpha_bits);
  check_range(config.placement.least_area, config.placement.most_area, "placement: area");
  check_range(config.placement.least_covered, config.placement.most_covered, "placement: covered");
  for (const AffineConfig* affine :
       {&config.placed_face, &config.placed_occluder, &config.motion.face, &config.motion.occluder, &config.motion.both})
    check_range(affine->range.least_scale, affine->range.most_scale, "scale");
  const std::set<std::string> kinds = {"image", "alpha", "trimap", "occluder", "clean", "background"};
  const std::set<std::string> written(config.write.begin(), config.write.end());
  for (const std::string& kind : written)
    require(kinds.count(kind) == 1, "write: '{}' (allowed: image, alpha, trimap, occluder, clean, background{})", kind,
            kind == "trust" ? "; trust is written by itself where a source has it" : "");
  require(!written.count("background") || has_background(config),
          "write: background needs faces of kind mattes alone: others have none");
  require(written.count("image") && written.count("alpha"), "write: image and alpha are always needed");
  require(!config.splits.empty(), "splits is empty: nothing to make");
  std::set<std::string> names;
  for (const SplitConfig& split : config.splits) {
    const bool plain = !split.name.empty() && split.name.find_first_of("/\\. ") == std::string::npos;
    require(plain, "split name '{}' (allowed: letters, digits, '-' and '_')", split.name);
    require(names.insert(split.name).second, "split '{}' is named twice", split.name);
    require(split.fold < split.folds, "split '{}': fold {} of {} (the first is 0)", split.name, split.fold, split.folds);
    require(split.longest == 0 || split.longest >= split.frames,
            "split '{}': its longest clip has {} frames, fewer than {} (0: all have as many)", split.name, split.longest,
            split.frames);
    require((split.share > 0) == (config.splits[0].share > 0), "split '{}': a share is for all splits or for none", split.name);
  }
  check_sources(config.faces, names, "faces");
  check_sources(config.occluders, names, "occluders");
  check_served(config, names);
}

bool has_background(const DataConfig& config) {
  return !config.faces.empty() &&
         std::all_of(config.faces.begin(), config.faces.end(), [](const FaceSourceConfig& c) { return c.kind == "mattes"; });
}

bool has_trust(const DataConfig& config) {
  return std::any_of(config.faces.begin(), config.faces.end(),
                     [](const FaceSourceConfig& c) { return !c.trust.empty() || c.ignore >= 0 || c.kind == "unlabelled"; });
}

}  // namespace facemat
