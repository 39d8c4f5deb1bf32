#pragma once
// What a pickle describes, as plain data (Python's pickletools documents the opcodes; protocol 2, which torch.save and
// TorchScript write). No object is made and no function is called, whatever the pickle asks for: classes and functions stay
// names, and what Python would have made of them stays a record of name and arguments. So no file can run anything.

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "src/model/weights/byte_reader.h"

namespace facemat {

struct PickleValue {
  enum class Kind {
    kNone,        // None, and what has no use here: floats, bytes, integers beyond 64 bits
    kInteger,     // also True and False
    kText,        // UTF-8
    kSequence,    // tuple or list: `items`
    kDictionary,  // `entries`
    kGlobal,      // a class or function: `text` is "module name"
    kObject,      // what `callable` makes of `arguments`; perhaps with `entries` and `state` set afterwards
    kPersistent,  // kept outside of the pickle: `items` holds one value, the identification
  };
  using Pointer = const PickleValue*;

  Kind kind = Kind::kNone;
  int64_t integer = 0;
  std::string text;
  std::vector<Pointer> items;
  std::vector<std::pair<Pointer, Pointer>> entries;
  Pointer callable = nullptr, arguments = nullptr;  // set for objects
  Pointer state = nullptr;
};

// Values may be shared and may contain themselves: whoever walks them bounds depth and count.
struct Pickle {
  std::deque<PickleValue> values;
  const PickleValue* root = nullptr;
};

// Reads one pickle and leaves `reader` behind it. Throws Error on anything malformed, on other protocols, beyond 16 MiB and
// beyond a million values.
Pickle read_pickle(ByteReader& reader);

}  // namespace facemat
