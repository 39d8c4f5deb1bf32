#include "data/store/info.h"

#include <fmt/format.h>

#include "src/core/config.h"

namespace facemat {

void fields(FieldVisitor& visit, DatasetInfo& info) {
  visit("layout", info.layout, "version of this folder's layout", {2, 2});
  visit("version", info.version, "of the toolkit that made it");
  visit("alpha_convention", info.alpha_convention, "what alpha 1 means", {"visible_face"});
  visit("licence", info.licence, "of the sources");
  visit("samples", info.samples, "stills and clips", {0, 1e9});
  visit("frames", info.frames, "pictures in all", {0, 1e9});
  visit("contents", info.contents, "hash of manifest.jsonl");
  visit("rejected", info.rejected, "draws that covered too little or too much of the face", {0, 1e9});
  visit("replaced", info.replaced, "draws with a file that could not be used", {0, 1e9});
  visit.group("config", info.config, "the settings it was made with");
}

fs::path frame_path(const fs::path& root, const Recipe& sample, const std::string& kind, int frame,
                    const std::string& extension) {
  const fs::path folder = root / sample.split / kind;
  return sample.still ? folder / (sample.name + extension) : folder / sample.name / fmt::format("{:04}{}", frame, extension);
}

}  // namespace facemat
