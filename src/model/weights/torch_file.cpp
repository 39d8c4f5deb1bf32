#include "src/model/weights/torch_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "src/core/error.h"
#include "src/core/text.h"
#include "src/model/weights/pickle.h"
#include "src/model/weights/zip.h"

namespace facemat {
namespace {

using namespace std::string_view_literals;
using Kind = PickleValue::Kind;
using Tensors = std::map<std::string, torch::Tensor>;

constexpr auto kZipStart = "PK\3\4"sv;
// The pickled number 0x1950a86a20f9469cfc6c, with which torch.save began its files before version 1.6.
constexpr auto kLegacyStart = "\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19."sv;
constexpr uint64_t kLegacyProtocol = 1001;
constexpr uint64_t kMostDimensions = 16;
constexpr size_t kMostKey = 64, kMostName = 256;
constexpr int kMostDepth = 64;
constexpr int kMostVisits = 1'000'000;

struct StorageType {
  const char* name;
  torch::Dtype dtype;
};
constexpr StorageType kStorageTypes[] = {{"FloatStorage", torch::kFloat32}, {"DoubleStorage", torch::kFloat64},
                                         {"HalfStorage", torch::kFloat16},  {"BFloat16Storage", torch::kBFloat16},
                                         {"LongStorage", torch::kInt64},    {"IntStorage", torch::kInt32},
                                         {"ShortStorage", torch::kInt16},   {"CharStorage", torch::kInt8},
                                         {"ByteStorage", torch::kUInt8},    {"BoolStorage", torch::kBool}};

bool is_text(const PickleValue& value, std::string_view text) { return value.kind == Kind::kText && value.text == text; }

// "module name" of the class or function an object was made by, else empty.
std::string_view maker(const PickleValue& value) {
  return value.kind == Kind::kObject && value.callable->kind == Kind::kGlobal ? std::string_view(value.callable->text) : ""sv;
}

bool is_dictionary(const PickleValue& value) {
  return value.kind == Kind::kDictionary || maker(value) == "collections OrderedDict";
}

// LibTorch wraps a dictionary to note its type: what is inside.
const PickleValue& untagged(const PickleValue& value) {
  const bool tagged = maker(value) == "torch.jit._pickle restore_type_tag" && !value.arguments->items.empty();
  return tagged ? *value.arguments->items[0] : value;
}

// A module of a TorchScript archive: an object of a class in the archive, its attributes set as its state.
bool is_script_module(const PickleValue& value) {
  return maker(value).rfind("__torch__", 0) == 0 && value.state && value.state->kind == Kind::kDictionary;
}

// A storage as a pickle identifies it: ("storage", torch.FloatStorage, key, location, count).
struct StorageId {
  std::string key;
  torch::Dtype dtype;
  uint64_t count;
};

torch::Dtype dtype_of(const PickleValue& type, const std::string& where) {
  for (const auto& known : kStorageTypes)
    if (type.kind == Kind::kGlobal && type.text == std::string("torch ") + known.name) return known.dtype;
  fail("{}: tensors of type '{}' are not supported", where, type.text);
}

StorageId storage_id(const PickleValue& value, const std::string& where) {
  require(value.kind == Kind::kPersistent && value.items[0]->kind == Kind::kSequence, "{}: a tensor without a storage", where);
  const auto& id = value.items[0]->items;
  const bool known = id.size() >= 5 && is_text(*id[0], "storage") && id[2]->kind == Kind::kText &&
                     id[4]->kind == Kind::kInteger && id[4]->integer >= 0;
  require(known && id[2]->text.size() <= kMostKey && is_printable(id[2]->text), "{}: a storage that is none of torch.save's",
          where);
  require(id.size() == 5 || id[5]->kind == Kind::kNone, "{}: storages within storages (save it anew with a later PyTorch)",
          where);
  return {id[2]->text, dtype_of(*id[1], where), static_cast<uint64_t>(id[4]->integer)};
}

std::vector<int64_t> sizes_of(const PickleValue& value, const std::string& where) {
  require(value.kind == Kind::kSequence && value.items.size() <= kMostDimensions, "{}: a tensor's shape is no list of sizes",
          where);
  std::vector<int64_t> sizes;
  for (const PickleValue* item : value.items) {
    require(item->kind == Kind::kInteger && item->integer >= 0, "{}: a tensor's shape is no list of sizes", where);
    sizes.push_back(item->integer);
  }
  return sizes;
}

// Whether all elements of a tensor lie among the `count` of its storage, and are no more than these.
bool fits(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides, uint64_t offset, uint64_t count) {
  if (sizes.size() != strides.size() || offset > count) return false;
  const bool empty = std::find(sizes.begin(), sizes.end(), 0) != sizes.end();
  const uint64_t most = empty ? uint64_t{1} << 62 : count;  // LibTorch multiplies all sides, also those beside one of 0
  uint64_t elements = 1, last = offset;
  for (const int64_t size : sizes) {
    if (size == 0) continue;
    if (elements > most / static_cast<uint64_t>(size)) return false;
    elements *= static_cast<uint64_t>(size);
  }
  if (empty) return true;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const auto steps = static_cast<uint64_t>(sizes[i] - 1), stride = static_cast<uint64_t>(strides[i]);
    if (steps > 0 && stride > (count - last) / steps) return false;
    last += steps * stride;
  }
  return last < count;
}

// Makes tensors of what a pickle says about them.
class TensorReader {
 public:
  using Storages = std::function<std::string_view(const StorageId&)>;

  // `storages` gives a storage's bytes; all together they are at most `most_bytes`.
  TensorReader(Storages storages, uint64_t most_bytes, std::string where)
      : storages_(std::move(storages)), bytes_left_(most_bytes), where_(std::move(where)) {}

  // Nothing if `value` is no tensor.
  std::optional<torch::Tensor> read(const PickleValue& value) {
    const PickleValue* tensor = &value;
    if (maker(*tensor) == "torch._utils _rebuild_parameter") {
      require(!tensor->arguments->items.empty(), "{}: a parameter without its tensor", where_);
      tensor = tensor->arguments->items[0];
    }
    const auto function = maker(*tensor);
    if (function != "torch._utils _rebuild_tensor_v2" && function != "torch._utils _rebuild_tensor") return std::nullopt;
    const auto& arguments = tensor->arguments->items;  // storage, offset, sizes, strides, ...
    require(arguments.size() >= 4 && arguments[1]->kind == Kind::kInteger && arguments[1]->integer >= 0,
            "{}: a tensor without its shape", where_);
    const StorageId id = storage_id(*arguments[0], where_);
    const auto sizes = sizes_of(*arguments[2], where_), strides = sizes_of(*arguments[3], where_);
    const auto offset = arguments[1]->integer;
    require(fits(sizes, strides, static_cast<uint64_t>(offset), id.count),
            "{}: a tensor of shape [{}] is larger than its storage", where_, fmt::join(sizes, ", "));
    return storage(id).as_strided(sizes, strides, offset);
  }

 private:
  torch::Tensor storage(const StorageId& id) {
    const auto known = loaded_.find(id.key);
    if (known != loaded_.end()) {
      require(known->second.scalar_type() == id.dtype && known->second.numel() == static_cast<int64_t>(id.count),
              "{}: storage '{}' is described in two ways", where_, id.key);
      return known->second;
    }
    const auto bytes = storages_(id);
    require(bytes.size() % torch::elementSize(id.dtype) == 0 && bytes.size() / torch::elementSize(id.dtype) == id.count,
            "{}: storage '{}' has {} bytes, too few or too many for {} elements", where_, id.key, bytes.size(), id.count);
    require(bytes.size() <= bytes_left_, "{}: its storages overlap", where_);
    bytes_left_ -= bytes.size();
    auto tensor = torch::empty({static_cast<int64_t>(id.count)}, id.dtype);
    if (!bytes.empty()) std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
    return loaded_[id.key] = tensor;
  }

  Storages storages_;
  uint64_t bytes_left_;
  std::string where_;
  Tensors loaded_;
};

// `prefix` and `text` together, a tensor's or a module's name. Bounded, since a pickle may use one long text many times.
std::string dotted_name(const std::string& prefix, const std::string& text, const std::string& where) {
  require(prefix.size() + text.size() <= kMostName, "{}: a name of more than {} characters", where, kMostName);
  require(is_printable(text), "{}: a name with characters that cannot be printed", where);
  return prefix + text;
}

// The tensors of a script module and its submodules, under dotted names.
class ScriptModuleReader {
 public:
  ScriptModuleReader(TensorReader& reader, const std::string& where) : reader_(reader), where_(where) {}

  void collect(const PickleValue& module, const std::string& prefix, int depth, Tensors& out) {
    require(depth <= kMostDepth, "{}: modules nested more than {} deep", where_, kMostDepth);
    for (const auto& [key, value] : module.state->entries) {
      require(++visits_ <= kMostVisits, "{}: more than {} attributes of modules", where_, kMostVisits);
      if (key->kind != Kind::kText) continue;
      if (is_script_module(*value)) {
        collect(*value, dotted_name(prefix, key->text, where_) + ".", depth + 1, out);
      } else if (auto tensor = reader_.read(*value)) {
        out.insert_or_assign(dotted_name(prefix, key->text, where_), *tensor);
      }
    }
  }

 private:
  TensorReader& reader_;
  const std::string& where_;
  int visits_ = 0;
};

Tensors tensors_among(const PickleValue& dictionary, TensorReader& reader, const std::string& where) {
  Tensors tensors;
  for (const auto& [key, value] : dictionary.entries)
    if (key->kind == Kind::kText)
      if (auto tensor = reader.read(*value)) tensors.insert_or_assign(dotted_name("", key->text, where), *tensor);
  return tensors;
}

Tensors state_dict_of(const PickleValue& root, TensorReader& reader, const std::string& where) {
  if (!is_dictionary(root)) return {};
  Tensors tensors = tensors_among(root, reader, where);
  for (const char* name : {"state_dict", "model_state_dict", "model", "network"})
    for (const auto& [key, value] : root.entries)
      if (tensors.empty() && is_text(*key, name) && is_dictionary(*value)) tensors = tensors_among(*value, reader, where);
  return tensors;
}

std::string what_it_holds(const PickleValue& root) {
  if (is_dictionary(root)) return "a dictionary without tensors under names";
  const std::string_view name = root.kind == Kind::kGlobal ? root.text : maker(root);
  if (!name.empty()) return fmt::format("an object of '{}', which is not made of a file", name);
  return "no dictionary";
}

void remove_common_prefix(Tensors& tensors, const std::string& prefix) {
  for (const auto& [name, tensor] : tensors)
    if (name.rfind(prefix, 0) != 0) return;
  Tensors renamed;
  for (const auto& [name, tensor] : tensors) renamed[name.substr(prefix.size())] = tensor;
  tensors = std::move(renamed);
}

TorchFile contents_of(const PickleValue& root, TensorReader& reader, const std::string& where) {
  TorchFile file;
  file.scripted = is_script_module(root);
  if (file.scripted) {
    ScriptModuleReader(reader, where).collect(root, "", 0, file.tensors);
    require(!file.tensors.empty(), "{}: a TorchScript archive without parameters (frozen? save it before freezing)", where);
  } else {
    file.tensors = state_dict_of(root, reader, where);
    require(!file.tensors.empty(), "{}: holds {} (expected a state dict: torch.save(network.state_dict(), file))", where,
            what_it_holds(root));
  }
  remove_common_prefix(file.tensors, "module.");
  return file;
}

// "NAME/" of the archive's folder, where "NAME/data.pkl" lies.
std::string folder_of(const ZipArchive& archive, const std::string& where) {
  constexpr auto kPickle = "data.pkl"sv;
  for (const auto& [name, record] : archive.records()) {
    const auto slash = name.find('/');
    if (slash != std::string::npos && name.substr(slash + 1) == kPickle) return name.substr(0, slash + 1);
  }
  fail("{}: a zip archive that PyTorch did not write (it holds no {})", where, kPickle);
}

TorchFile decode_zip(std::string_view bytes, const std::string& where) {
  const ZipArchive archive(bytes, where);
  const std::string folder = folder_of(archive, where);
  if (archive.records().count(folder + "byteorder"))
    require(archive.read(folder + "byteorder") == "little", "{}: written on a big-endian machine", where);
  ByteReader stream(archive.read(folder + "data.pkl"), where);
  const Pickle pickle = read_pickle(stream);
  TensorReader reader([&](const StorageId& id) { return archive.read(folder + "data/" + id.key); }, bytes.size(), where);
  return contents_of(untagged(*pickle.root), reader, where);
}

// After the number come three pickles (protocol, system, contents), the pickled list of storage keys, and for each its element
// count (8 bytes) and elements.
TorchFile decode_legacy(std::string_view bytes, const std::string& where) {
  ByteReader stream(bytes, where);
  stream.take(kLegacyStart.size());
  const Pickle protocol = read_pickle(stream);
  require(protocol.root->kind == Kind::kInteger && protocol.root->integer == kLegacyProtocol,
          "{}: an unknown version of the format before PyTorch 1.6", where);
  const Pickle system = read_pickle(stream);
  for (const auto& [key, value] : system.root->entries)
    if (is_text(*key, "little_endian")) require(value->integer == 1, "{}: written on a big-endian machine", where);
  const Pickle contents = read_pickle(stream);
  std::map<std::string, torch::Dtype> dtypes;
  for (const PickleValue& value : contents.values)
    if (value.kind == Kind::kPersistent) {
      const StorageId id = storage_id(value, where);
      dtypes[id.key] = id.dtype;
    }
  const Pickle keys = read_pickle(stream);
  std::map<std::string, std::string_view> storages;
  for (const PickleValue* key : keys.root->items) {
    const auto dtype = dtypes.find(key->text);
    require(dtype != dtypes.end(), "{}: a storage that no tensor uses", where);
    const uint64_t count = stream.number(8);
    require(count <= stream.left(), "{}: damaged or cut short (storage '{}')", where, dtype->first);
    storages[key->text] = stream.take(count * torch::elementSize(dtype->second));
  }
  const auto find = [&](const StorageId& id) {
    const auto found = storages.find(id.key);
    require(found != storages.end(), "{}: storage '{}' is missing", where, id.key);
    return found->second;
  };
  TensorReader reader(find, bytes.size(), where);
  return contents_of(*contents.root, reader, where);
}

}  // namespace

bool is_torch_file(std::string_view bytes) { return starts_with(bytes, kZipStart) || starts_with(bytes, kLegacyStart); }

TorchFile decode_torch_file(std::string_view bytes, const std::string& where) {
  return starts_with(bytes, kLegacyStart) ? decode_legacy(bytes, where) : decode_zip(bytes, where);
}

}  // namespace facemat
