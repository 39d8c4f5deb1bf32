#pragma once
// Settings of a dataset: where faces and occluders come from and how they are put together. configs/data/ holds commented
// examples; data/README.md says where the defaults come from.

#include <cstdint>
#include <string>
#include <vector>

#include "data/recipe/motion.h"
#include "data/recipe/stream_effects.h"

namespace facemat {

class FieldVisitor;

// Which items of a source a split may use: a file with one name or stem a line.
struct SplitList {
  std::string split, file;
};
void fields(FieldVisitor& visit, SplitList& list);

struct FaceSourceConfig {
  std::string kind = "procedural";  // a name in the face source table (data/sources/faces/faces.h)
  std::string name;                 // in reports; empty: the kind
  double weight = 1;                // share among the face sources
  int count = 1000;                 // procedural: number of identities
  std::string images, masks;        // folder: two folders joined by stem; clips: names of a clip's two folders
  std::string trust;                // where the masks can be believed: a third folder; empty: everywhere
  std::string mask_suffix;          // folder, clips: what a mask's stem has after the picture's, as "_mask"
  std::string unpaired = "stop";    // folder: pictures without mask are an error (stop) or left out (skip)
  bool binary = false;          // folder, celebamask, clips, mattes: masks hold 0/1 or 0/255; above half of the largest is 1
  std::string crop = "centre";  // which square of a picture is the frame: centre, face or beside (photographs.h); mattes:
                                // unknown, one around a pixel of unknown alpha
  double face_share = 0.65;     // crop: face: the face's longer side in sides of the square
  std::string root;             // celebamask: the folder that holds CelebA-HQ-img; clips: the folder of the clips
  // celebamask: labels that make the face, empty: skin, brows, eyes, nose and mouth; folder, clips: the values of a mask of
  // labels that do, empty: masks are levels.
  std::vector<std::string> labels;
  int ignore = -1;                                        // folder, clips: value of pixels nobody labelled: trust 0; -1: none
  std::vector<std::string> cut_labels = {"hair", "hat"};  // celebamask: lie over the face
  std::string backgrounds;                                // mattes: folder of pictures to put foregrounds over
  std::vector<SplitList>
      background_lists;      // mattes: for each split that has a list, the backgrounds of its foregrounds in order
  int per_foreground = 100;  // mattes: backgrounds of a foreground that is in no list
  std::vector<double> crops = {320, 480, 640};  // mattes, crop: unknown: sides of the squares to learn from, pixels
  double pair = 0;                              // mattes: probability of a second foreground behind the first, to learn from
  std::string resampling = "plain";             // mattes: filters of what is learned from, a list of data/augment/resampling.h
  std::string polarity = "visible_face";        // of masks: visible_face (1 = face) or occluder (1 = not face)
  std::string include, exclude;                 // files of names; empty: all, none
  std::vector<SplitList> lists;                 // official lists; splits share one, or the rest
  std::string licence = "unknown";
};
// The labels of CelebAMask-HQ that make a face [FaceOcc, arXiv 2201.08425]: skin, brows, eyes, nose and mouth.
const std::vector<std::string>& usual_labels();
void fields(FieldVisitor& visit, FaceSourceConfig& config);

struct OccluderSourceConfig {
  std::string kind = "procedural";  // a name in the occluder source table (data/sources/occluders/occluders.h)
  std::string name;                 // in reports; empty: the kind
  double weight = 1;
  std::vector<std::string> objects;  // procedural: which of the table; empty: all
  std::string root;                  // cutouts, sprites: folder of RGBA PNG or WebP files; pairs: see colours
  std::string colours, alphas;       // pairs: two folders joined by stem; with a root, names of sibling folders below it
  std::string alpha_suffix;          // pairs: what an alpha's stem has after the colour's, as "_mask"
  std::string unpaired = "stop";     // pairs: colours without alpha are an error (stop) or left out (skip)
  bool binary = false;               // pairs: alphas are labels, 0/1 or 0/255; above half of the largest is 1
  double shrink = 0;                 // pairs: alphas are eroded by this, pixels at 512 (masks take background along)
  std::string textures;              // shapes: folder of pictures, subfolders are classes (DTD)
  std::string occluder_class = "object";
  bool toward_face = false;         // turn so that the top points to the face's centre
  bool from_outside = false;        // with toward_face: the lower end, an arm, lies outside the frame (hands)
  bool fit_face = false;            // lay over nose, mouth and chin (face masks)
  bool lit = true;                  // cut-outs: brightness near that of the scene's light
  std::string harmonise = "none";   // a name in the table of harmonise.h
  double harmonised = 1;            // probability of it
  double transparent = 0;           // probability that the whole occluder is made translucent, by U(0.4, 0.7)
  bool deal = true;                 // items of one split are in no other; false: all splits share all
  std::vector<std::string> splits;  // that use it, for kinds of things that others never see; empty: all
  std::string include, exclude;
  std::vector<SplitList> lists;
  std::string licence = "unknown";
};
void fields(FieldVisitor& visit, OccluderSourceConfig& config);

// Whether samples of `split` take occluders from the source.
bool serves(const OccluderSourceConfig& source, const std::string& split);

struct PlacementConfig {
  std::string of = "face";                          // what areas and centres refer to: the face's box, or the whole image
  double least_area = 0.3, most_area = 0.7;         // area of a cut-out's box as a share of it
  double turn = 15;                                 // largest random turn, degrees
  double mirror = 0.5, mirror_face = 0.5;           // probabilities, of cut-outs and of faces
  double second = 0.25;                             // probability of a second occluder
  double least_covered = 0.02, most_covered = 0.9;  // share of the face; what lies outside is drawn again
  int attempts = 50;                                // draws before a sample is given up, with an error
};
void fields(FieldVisitor& visit, PlacementConfig& config);

// Affine changes: one drawn for the whole sample ("placed"), and for clips paths from one to another ("motion", RVM).
struct AffineConfig {
  double probability = 0;
  AffineRange range;
};
void fields(FieldVisitor& visit, AffineConfig& config);

struct MotionConfig {
  AffineConfig face{0.3, {3, 0.04, 0.97, 1.03, 2}}, occluder{0.95, {}}, both{0.15, {}};
  double span = 0;      // frames after which the path is complete; 0: with the clip
  double pause = 0.03;  // probability that some frames freeze
};
void fields(FieldVisitor& visit, MotionConfig& config);

struct EffectsConfig {
  StreamEffectOdds face, occluder;
};
void fields(FieldVisitor& visit, EffectsConfig& config);

struct ShadowConfig {
  double probability = 0;  // of a cast shadow and contact darkening
};
void fields(FieldVisitor& visit, ShadowConfig& config);

struct DegradeConfig {
  double probability = 0.5;  // that the finished picture is degraded at all
  double least_contrast = 0.7, most_contrast = 1.3;
  double exposure = 0.5;  // largest change, stops
  double blur = 3;        // largest sigma, pixels at 512
  double noise = 0.06;    // largest sigma, of 0..1
  int least_jpeg = 40;    // lowest JPEG quality
};
void fields(FieldVisitor& visit, DegradeConfig& config);

struct TrimapConfig {
  int largest = 29;     // largest side of the kernels at 640x640, drawn from 1, for "train"
  int evaluation = 15;  // fixed side at 640x640 for all other splits
};
void fields(FieldVisitor& visit, TrimapConfig& config);

struct SplitConfig {
  std::string name = "train";
  int stills = 100, clips = 0;
  int frames = 4;           // frames of a clip
  int longest = 0;          // frames of the longest clip (clip_frames); 0: all have `frames`
  double occluded = 0.75;   // share of samples with an occluder
  int folds = 1, fold = 0;  // for cross-fitting: of its faces, cut into `folds` blocks, only those of block `fold`
  double share = 0;         // part of the faces and occluders that are dealt to the splits; 0: by the number of samples
};
void fields(FieldVisitor& visit, SplitConfig& config);

// Frames of clip number `clip` of a split (the first is 0). With a `longest`, the first clip has `frames`, the last has that,
// and the ratio of one clip's length to the next one's is the same between them: as many clips of 4 to 8 frames as of 40 to 80.
int clip_frames(const SplitConfig& split, int64_t clip);

struct DataConfig {
  uint64_t seed = 1;
  std::string root;  // relative folders of the sources start here; empty: the working directory
  int size = 512;    // side of the square frames, pixels
  std::string image_format = "jpg";
  int jpeg_quality = 95;
  int alpha_bits = 8;
  std::vector<std::string> write = {"image", "alpha", "trimap", "occluder", "clean"};  // kinds of files
  std::string bad_source = "stop";  // a file that cannot be used: stop with an error, or replace by another draw and list it
  PlacementConfig placement;
  AffineConfig placed_face{0, {10, 0.1, 1, 1.5, 5}}, placed_occluder{0, {10, 0.1, 0.5, 1, 5}};
  std::string outside = "mirrored";  // what a frame shows beyond its photograph: mirrored | replicated
  MotionConfig motion;
  EffectsConfig effects;
  ShadowConfig shadow;
  DegradeConfig degrade;
  TrimapConfig trimap;
  std::vector<FaceSourceConfig> faces = {FaceSourceConfig{}};
  std::vector<OccluderSourceConfig> occluders = {OccluderSourceConfig{}};
  std::vector<SplitConfig> splits = {SplitConfig{}};
};
void fields(FieldVisitor& visit, DataConfig& config);

// Throws Error where settings do not fit together.
void check(const DataConfig& config);

// Whether all faces are cut-outs over backgrounds of their own; then every sample has a background plane.
bool has_background(const DataConfig& config);

// Whether any source says where its masks can be believed; then every sample has a trust plane, of 1 where its source has none.
bool has_trust(const DataConfig& config);

}  // namespace facemat
