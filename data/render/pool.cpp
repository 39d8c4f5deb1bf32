#include "data/render/pool.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "data/sources/pictures/listing.h"
#include "src/core/error.h"

namespace facemat {
namespace {

fs::path below(const std::string& root, const std::string& path) {
  return path.empty() || root.empty() ? fs::path(path) : fs::path(root) / path;
}

// Folders and lists of the settings start at config.root; an absolute path stays what it is. Below a source's own root, the
// folders of a kind are names, not paths.
DataConfig rooted(DataConfig config) {
  const auto root = [&](std::string& path) { path = below(config.root, path).string(); };
  for (FaceSourceConfig& c : config.faces) {
    if (c.root.empty()) root(c.images), root(c.masks), root(c.trust);
    for (std::string* path : {&c.root, &c.backgrounds, &c.include, &c.exclude}) root(*path);
    for (SplitList& list : c.lists) root(list.file);
    for (SplitList& list : c.background_lists) root(list.file);
  }
  for (OccluderSourceConfig& c : config.occluders) {
    if (c.root.empty()) root(c.colours), root(c.alphas);
    for (std::string* path : {&c.root, &c.textures, &c.include, &c.exclude}) root(*path);
    for (SplitList& list : c.lists) root(list.file);
  }
  return config;
}

// The source that has `place` (0..1) when all lie side by side, as long as their weights.
size_t weighted(const std::vector<double>& weights, double place) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  require(total > 0, "the weights of the sources are all 0");
  double left = place * total;
  size_t last = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    if ((left -= weights[i]) < 0) return i;
    last = i;
  }
  return last;  // rounding
}

std::vector<double> weights_of(const std::vector<FaceSourceConfig>& sources) {
  std::vector<double> weights;
  for (const FaceSourceConfig& source : sources) weights.push_back(source.weight);
  return weights;
}

// Sources that do not serve the split have none.
std::vector<double> weights_of(const std::vector<OccluderSourceConfig>& sources, const std::string& split) {
  std::vector<double> weights;
  for (const OccluderSourceConfig& source : sources) weights.push_back(serves(source, split) ? source.weight : 0);
  return weights;
}

// The splits as a source deals to them: those that it does not serve get nothing.
std::vector<SplitConfig> served_by(const OccluderSourceConfig& source, std::vector<SplitConfig> splits) {
  for (SplitConfig& split : splits)
    if (!serves(source, split.name)) split.stills = split.clips = 0, split.share = 0;
  return splits;
}

// 0..1, spread evenly over any run of turns.
double place_of_turn(int64_t turn, double start) {
  constexpr double kGolden = 0.6180339887498949;
  const double place = start + kGolden * static_cast<double>(turn);
  return place - std::floor(place);
}

// A number below `count` for each turn; `count` turns in a row have each once.
int64_t walked(int64_t turn, int64_t count, int64_t start) {
  auto stride = std::max<int64_t>(1, std::llround(0.6180339887498949 * static_cast<double>(count)));
  while (std::gcd(stride, count) != 1) ++stride;
  return (start + turn % count * (stride % count)) % count;
}

// Splits that share items: those that name the same lists. The first share has none.
struct Share {
  std::set<std::string> lists;
  std::vector<size_t> splits;
};

std::vector<Share> shares_of(const std::vector<SplitConfig>& splits, const std::vector<SplitList>& lists) {
  std::vector<Share> shares(1);
  for (size_t s = 0; s < splits.size(); ++s) {
    std::set<std::string> own;
    for (const SplitList& list : lists)
      if (list.split == splits[s].name) own.insert(list.file);
    auto share = std::find_if(shares.begin(), shares.end(), [&](const Share& other) { return other.lists == own; });
    if (share == shares.end()) share = shares.insert(share, Share{own, {}});
    share->splits.push_back(s);
  }
  return shares;
}

// The number of the share each item belongs to.
template <typename Source>
std::vector<size_t> owners(const Source& source, const std::vector<SplitConfig>& splits, const std::vector<Share>& shares) {
  std::vector<size_t> owner(source.size(), 0);
  for (size_t k = 1; k < shares.size(); ++k)
    for (const std::string& list : shares[k].lists) {
      const std::set<std::string> names = read_names(list);
      bool any = false;
      for (int64_t i = 0; i < source.size(); ++i) {
        if (!names_hold(names, source.name(i))) continue;
        if (owner[i] != 0 && owner[i] != k)
          fail("{}: '{}' is in the list of split '{}' as well", list, source.name(i), splits[shares[owner[i]].splits[0]].name);
        owner[i] = k, any = true;
      }
      require(any, "{}: none of its names is in the source", list);
    }
  return owner;
}

std::string folder_of(const std::string& name) { return name.substr(0, name.rfind('/') + 1); }

// Items in the order in which blocks are cut off. Those of one folder stay in their order, spread evenly over the whole.
template <typename Source>
std::vector<int64_t> spread_by_folder(const Source& source) {
  std::map<std::string, std::vector<int64_t>> folders;
  for (int64_t i = 0; i < source.size(); ++i) folders[folder_of(source.name(i))].push_back(i);
  std::vector<std::pair<double, int64_t>> places;
  for (const auto& [folder, items] : folders)
    for (size_t k = 0; k < items.size(); ++k)
      places.emplace_back((static_cast<double>(k) + 0.5) / static_cast<double>(items.size()), items[k]);
  std::sort(places.begin(), places.end());
  std::vector<int64_t> order;
  order.reserve(places.size());
  for (const auto& [place, item] : places) order.push_back(item);
  return order;
}

std::vector<int64_t> counted(int64_t size) {
  std::vector<int64_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

// Whether two items that lie beside each other stay in one split: frames of a film, faces of a photograph, composites of one
// foreground.
template <typename Source>
bool belong_together(const Source& source, int64_t a, int64_t b) {
  return without_number(source.name(a)) == without_number(source.name(b));
}

template <typename Source>
constexpr bool kMayBeShared = std::is_same_v<Source, OccluderSource>;

// Its part of what is dealt: the same for any number of samples where the settings name shares.
double part_of(const SplitConfig& split) { return split.share > 0 ? split.share : int64_t{split.stills} + split.clips; }

// Cuts `items` into blocks for the splits of a share, in proportion to their parts; each that has one gets an item at least,
// and what belongs together stays so.
template <typename Source>
void deal_out(const Source& source, const std::vector<int64_t>& items, const Share& share,
              const std::vector<SplitConfig>& splits, const std::string& what, std::vector<std::vector<int64_t>>& deal) {
  std::vector<size_t> sharing;
  double total = 0, before = 0;
  for (const size_t s : share.splits) {
    if (part_of(splits[s]) == 0) continue;
    sharing.push_back(s);
    total += part_of(splits[s]);
  }
  require(items.size() >= sharing.size(), "{} has {} items for {} splits that share them (give it more{})", what, items.size(),
          sharing.size(), kMayBeShared<Source> ? ", or 'deal: false'" : "");
  const double spare = static_cast<double>(items.size() - sharing.size());  // every split has one of its own first
  size_t first = 0;
  for (size_t k = 0; k < sharing.size(); ++k) {
    before += part_of(splits[sharing[k]]);
    size_t last = std::max(first + 1, k + 1 + static_cast<size_t>(std::floor(spare * before / total)));
    require(first < items.size(), "{}: its {} items are of too few films or photographs for {} splits that share them", what,
            items.size(), sharing.size());
    while (last < items.size() && belong_together(source, items[last - 1], items[last])) ++last;
    deal[sharing[k]].assign(items.begin() + static_cast<int64_t>(first), items.begin() + static_cast<int64_t>(last));
    first = last;
  }
}

// The items of each split.
template <typename Source>
std::vector<std::vector<int64_t>> dealt(const Source& source, const std::vector<int64_t>& order,
                                        const std::vector<SplitConfig>& splits, const std::vector<SplitList>& lists,
                                        const std::string& what) {
  const std::vector<Share> shares = shares_of(splits, lists);
  const std::vector<size_t> owner = owners(source, splits, shares);
  std::vector<std::vector<int64_t>> items(shares.size()), deal(splits.size());
  for (const int64_t i : order) items[owner[i]].push_back(i);
  for (size_t k = 0; k < shares.size(); ++k) deal_out(source, items[k], shares[k], splits, what, deal);
  return deal;
}

// Of a split's faces, those of its fold. Blocks, since pictures of one person lie beside each other.
std::vector<int64_t> fold_of(const FaceSource& source, const std::vector<int64_t>& faces, const SplitConfig& split,
                             const std::string& what) {
  if (split.folds == 1 || faces.empty()) return faces;
  const auto cut = [&](int fold) {
    size_t at = faces.size() * fold / split.folds;
    while (at > 0 && at < faces.size() && belong_together(source, faces[at - 1], faces[at])) ++at;
    return faces.begin() + static_cast<int64_t>(at);
  };
  const std::vector<int64_t> own(cut(split.fold), cut(split.fold + 1));
  require(!own.empty(), "{} has too few faces for {} folds of split '{}'", what, split.folds, split.name);
  return own;
}

template <typename Source>
std::vector<std::vector<int64_t>> by_folder(const Source& source, const std::vector<int64_t>& items) {
  std::map<std::string, std::vector<int64_t>> folders;
  for (const int64_t i : items) folders[folder_of(source.name(i))].push_back(i);
  std::vector<std::vector<int64_t>> groups;
  groups.reserve(folders.size());
  for (auto& [folder, group] : folders) groups.push_back(std::move(group));
  return groups;
}

const std::vector<std::vector<int64_t>>& groups_of(const std::vector<std::vector<std::vector<int64_t>>>& deal, int split,
                                                   const std::string& source) {
  const auto& groups = deal.size() == 1 ? deal[0] : deal[split];
  require(!groups.empty() && !groups[0].empty(), "source '{}' has no items for split number {}, which has no samples", source,
          split);
  return groups;
}

template <typename Config>
size_t find_source(const std::vector<Config>& configs, const std::string& name) {
  for (size_t i = 0; i < configs.size(); ++i)
    if (source_name(configs[i]) == name) return i;
  fail("source '{}' is not in the settings", name);
}

template <typename Source>
const Source& checked(const Source& source, const Ingredient& ingredient) {
  require(ingredient.index >= 0 && ingredient.index < source.size(), "source '{}' has no item {} ('{}'): it has changed",
          ingredient.source, ingredient.index, ingredient.item);
  const std::string name = source.name(ingredient.index);
  require(name == ingredient.item, "source '{}' has changed: its item {} was '{}' and is '{}'", ingredient.source,
          ingredient.index, ingredient.item, name);
  return source;
}

void require_content(const Item& item, const Ingredient& ingredient) {
  if (ingredient.content.empty()) return;
  require(content_hash(item) == ingredient.content, "{}: this file of source '{}' is not the one the sample was made with",
          item.files.empty() ? ingredient.item : item.files[0].string(), ingredient.source);
}

}  // namespace

Pool::Pool(const DataConfig& config) : config_(rooted(config)) {
  check(config_);
  for (const FaceSourceConfig& source : config_.faces) {
    faces_.push_back(open_face_source(source));
    const FaceSource& faces = *faces_.back();
    const std::string what = "face source '" + source_name(source) + "'";
    const auto deal = dealt(faces, counted(faces.size()), config_.splits, source.lists, what);
    face_deals_.emplace_back();
    for (size_t s = 0; s < deal.size(); ++s) face_deals_.back().push_back({fold_of(faces, deal[s], config_.splits[s], what)});
  }
  for (const OccluderSourceConfig& source : config_.occluders) {
    occluders_.push_back(open_occluder_source(source));
    const OccluderSource& occluders = *occluders_.back();
    const bool drawn = occluders.item(0).files.empty();  // each drawing is another thing: nothing to deal
    std::vector<std::vector<int64_t>> deal = {counted(occluders.size())};
    if (!drawn && source.deal)
      deal = dealt(occluders, spread_by_folder(occluders), served_by(source, config_.splits), source.lists,
                   "occluder source '" + source_name(source) + "'");
    occluder_deals_.emplace_back();
    for (auto& items : deal)
      occluder_deals_.back().push_back(occluders.by_folder() ? by_folder(occluders, items) : Groups{std::move(items)});
  }
}

Ingredient Pool::choose_face(int split, int64_t turn, int further) const {
  Rng start = Rng(config_.seed).fork("face turns", static_cast<uint64_t>(split));
  const size_t s = weighted(weights_of(config_.faces), place_of_turn(turn, start.uniform()));
  const std::string& name = source_name(config_.faces[s]);
  const std::vector<int64_t>& items = groups_of(face_deals_[s], split, name)[0];
  const auto count = static_cast<int64_t>(items.size());
  const int64_t index = items[walked(turn + further, count, start.integer(0, count - 1))];
  return {name, index, faces_[s]->name(index), "", config_.faces[s].licence, ""};
}

Ingredient Pool::choose_occluder(int split, int64_t turn, Rng rng) const {
  Rng start = Rng(config_.seed).fork("occluder turns", static_cast<uint64_t>(split));
  const std::vector<double> weights = weights_of(config_.occluders, config_.splits[split].name);
  const size_t s = weighted(weights, place_of_turn(turn, start.uniform()));
  const std::string& name = source_name(config_.occluders[s]);
  const auto& groups = groups_of(occluder_deals_[s], split, name);
  const std::vector<int64_t>& items = groups[rng.integer(0, static_cast<int64_t>(groups.size()) - 1)];
  const int64_t index = items[rng.integer(0, static_cast<int64_t>(items.size()) - 1)];
  const Item item = occluders_[s]->item(index);
  return {name, index, item.name, "", config_.occluders[s].licence, item.occluder_class};
}

const FaceSource& Pool::face_source(const Ingredient& ingredient) const {
  return checked(*faces_[find_source(config_.faces, ingredient.source)], ingredient);
}
const OccluderSource& Pool::occluder_source(const Ingredient& ingredient) const {
  return checked(*occluders_[find_source(config_.occluders, ingredient.source)], ingredient);
}
const OccluderSourceConfig& Pool::occluder_config(const Ingredient& ingredient) const {
  return config_.occluders[find_source(config_.occluders, ingredient.source)];
}

std::vector<std::string> Pool::warnings() const {
  std::vector<std::string> lines;
  const auto add = [&](const auto& sources) {
    for (const auto& source : sources)
      for (const std::string& line : source->warnings()) lines.push_back(line);
  };
  add(faces_), add(occluders_);
  return lines;
}

void Pool::note_content(Recipe& recipe) const {
  recipe.face.from.content = content_hash(face_source(recipe.face.from).item(recipe.face.from.index));
  for (OccluderRecipe& occluder : recipe.occluders)
    occluder.from.content = content_hash(occluder_source(occluder.from).item(occluder.from.index));
}

void Pool::require_same_content(const Recipe& recipe) const {
  require_content(face_source(recipe.face.from).item(recipe.face.from.index), recipe.face.from);
  for (const OccluderRecipe& occluder : recipe.occluders)
    require_content(occluder_source(occluder.from).item(occluder.from.index), occluder.from);
}

}  // namespace facemat
