#pragma once
// Settings of a dataset: where faces and occluders come from and how they are put together. configs/data/ holds commented
// examples.

#include <cstdint>
#include <string>
#include <vector>

namespace facemat {

class FieldVisitor;

struct FaceSourceConfig {
  std::string kind = "procedural";  // a name in the face source table (sources/faces.h)
  std::string name;                 // in reports; empty: the kind
  double weight = 1;                // share among the face sources
  int count = 1000;                 // procedural: number of identities
  std::string images, masks;        // folder: pictures and masks with the same stem
  std::string root;                 // celebamask: the folder that holds CelebA-HQ-img
  std::vector<std::string> labels = {"skin", "l_brow", "r_brow", "l_eye", "r_eye", "nose", "mouth", "u_lip", "l_lip"};
  std::vector<std::string> cut_labels = {"hair", "hat"};  // celebamask: lie over the face
  std::string polarity = "visible_face";                  // of masks: visible_face (1 = face) or occluder (1 = not face)
  std::string licence = "unknown";
};
void fields(FieldVisitor& visit, FaceSourceConfig& config);

struct OccluderSourceConfig {
  std::string kind = "procedural";  // a name in the occluder source table (sources/occluders.h)
  std::string name;                 // in reports; empty: the kind
  double weight = 1;
  std::vector<std::string> objects;  // procedural: which of the table; empty: all
  std::string root;                  // cutouts, sprites: folder of RGBA PNG files
  std::string occluder_class = "object";
  bool toward_face = false;  // cutouts: turn so that the cut-out's top points to the face's centre (hands)
  bool fit_face = false;     // cutouts: lay over nose, mouth and chin (face masks)
  std::string licence = "unknown";
};
void fields(FieldVisitor& visit, OccluderSourceConfig& config);

struct SplitConfig {
  std::string name = "train";
  int stills = 100, clips = 0;
  int frames = 4;          // frames of a clip
  double occluded = 0.75;  // share of samples with an occluder
};
void fields(FieldVisitor& visit, SplitConfig& config);

struct DataConfig {
  uint64_t seed = 1;
  int size = 512;  // side of the square frames, pixels
  std::string image_format = "jpg";
  int jpeg_quality = 95;
  int alpha_bits = 8;
  double second_occluder = 0.25;             // probability of a second occluder
  double least_area = 0.3, most_area = 0.7;  // cut-outs: area as a share of the face's box
  double degrade = 0.5;                      // probability that the finished picture is degraded (contrast, blur, noise, JPEG)
  int trimap_kernel = 29;                    // largest side of the trimap's kernels at 640x640, drawn from 1
  int eval_trimap_kernel = 15;               // fixed side at 640x640 for all splits but "train"
  std::vector<FaceSourceConfig> faces = {FaceSourceConfig{}};
  std::vector<OccluderSourceConfig> occluders = {OccluderSourceConfig{}};
  std::vector<SplitConfig> splits = {SplitConfig{}};
};
void fields(FieldVisitor& visit, DataConfig& config);

// Throws Error where settings do not fit together.
void check(const DataConfig& config);

}  // namespace facemat
