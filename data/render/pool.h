#pragma once
// The opened sources of a dataset, and which split may use which item: no face, and no dealt occluder, is in two splits.

#include <memory>
#include <string>
#include <vector>

#include "data/recipe/config.h"
#include "data/recipe/recipe.h"
#include "data/sources/faces/faces.h"
#include "data/sources/occluders/occluders.h"

namespace facemat {

class Pool {
 public:
  // Opens every source; reads no picture beyond what a source looks at. Items in the list of a split are that split's alone;
  // splits that name the same list share its items, and splits without list the rest, in proportion to their samples, each at
  // least one: faces in blocks of neighbours (pictures of one person often are), occluders so that each split gets its share of
  // each folder. Throws Error as the sources do, if there are fewer items than splits that share them, if a list names nothing
  // of its source, and if two lists of different splits name the same item.
  explicit Pool(const DataConfig& config);

  // An item for `split`. Sources are taken in turns that keep to their weights over any run of turns (golden-ratio sequence),
  // so that small test splits are stratified. The faces of a source are walked through before one comes again; occluders are
  // drawn, from the sources that serve the split. `further`: of the turn's source, the face which that many turns later would
  // have been its. `content` is left empty.
  Ingredient choose_face(int split, int64_t turn, int further = 0) const;
  Ingredient choose_occluder(int split, int64_t turn, Rng rng) const;

  // The source of an ingredient. Throws Error if the source is not there, or if it has something else at that number.
  const FaceSource& face_source(const Ingredient& ingredient) const;
  const OccluderSource& occluder_source(const Ingredient& ingredient) const;
  const OccluderSourceConfig& occluder_config(const Ingredient& ingredient) const;

  // What a person should look at: warnings() of all sources.
  std::vector<std::string> warnings() const;

  // Fills `content` of all ingredients. Reads their files.
  void note_content(Recipe& recipe) const;

  // Throws Error naming the source and file if its files are not those the recipe was made with.
  void require_same_content(const Recipe& recipe) const;

 private:
  // The items a split may use of one source, in groups that are drawn first, all alike.
  using Groups = std::vector<std::vector<int64_t>>;
  // For each split its own, or one that all share.
  using Deal = std::vector<Groups>;

  DataConfig config_;
  std::vector<std::unique_ptr<FaceSource>> faces_;
  std::vector<std::unique_ptr<OccluderSource>> occluders_;
  std::vector<Deal> face_deals_, occluder_deals_;  // of each source
};

// The name of a source in manifests and messages.
template <typename SourceConfig>
const std::string& source_name(const SourceConfig& source) {
  return source.name.empty() ? source.kind : source.name;
}

}  // namespace facemat
