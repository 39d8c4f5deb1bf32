#pragma once
// The fields of a protobuf message (protobuf.dev, "Encoding"), read with bounds and without a library. Messages are ONNX models
// and their parts: whatever does not hold what it promises throws Error, prefixed by `where`, as no readable one.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace facemat::protobuf {

// How a field's value is encoded.
enum Kind { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  uint64_t number = 0;
  Kind kind = kVarint;
  uint64_t value = 0;      // kVarint
  std::string_view bytes;  // of all other kinds
};

// The fields of one message, one after the other.
class Reader {
 public:
  Reader(std::string_view bytes, const std::string& where) : rest_(bytes), where_(where) {}

  // The next field; false at the end of the message.
  bool next(Field& field);

  // The next of numbers that stand one after the other.
  uint64_t varint();
  bool done() const { return rest_.empty(); }

 private:
  std::string_view take(uint64_t count);

  std::string_view rest_;
  const std::string& where_;
};

// The numbers of a repeated field, which may come one by one or packed; once `out` holds more than `most`, no more are read.
void append_varints(const Field& field, const std::string& where, std::vector<int64_t>& out, size_t most);

// How many numbers such a field holds.
uint64_t count_varints(const Field& field, const std::string& where);

// A name from the file, fit to be shown in one line.
std::string shown(std::string_view name);

// How many values of `bytes` bytes each lie in a field.
uint64_t count_fixed(const Field& field, size_t bytes);

}  // namespace facemat::protobuf
