#include "src/model/weights/pickle.h"

#include <unordered_map>

namespace facemat {
namespace {

using Kind = PickleValue::Kind;

constexpr uint64_t kMostBytes = 16 << 20;
constexpr size_t kMostValues = 1'000'000;
constexpr size_t kMostName = 1024;

int64_t as_signed(uint64_t value, int bytes) {
  const int unused = 64 - 8 * bytes;
  return static_cast<int64_t>(value << unused) >> unused;
}

// The stack machine that a pickle is a program for.
class Machine {
 public:
  explicit Machine(ByteReader& reader) : reader_(reader), begin_(reader.position()) {}

  Pickle run() {
    while (true) {
      require(reader_.position() - begin_ <= kMostBytes, "{}: a pickle of more than {} MiB", where(), kMostBytes >> 20);
      const uint64_t opcode = reader_.number(1);
      if (opcode == '.') break;  // STOP
      const auto step = opcodes().find(opcode);
      require(step != opcodes().end(), "{}: damaged pickle (unknown opcode {:#x} at {})", where(), opcode,
              reader_.position() - 1);
      step->second(*this);
    }
    pickle_.root = pop();
    return std::move(pickle_);
  }

 private:
  const std::string& where() const { return reader_.where(); }
  uint64_t number(int bytes) { return reader_.number(bytes); }

  PickleValue* make(Kind kind) {
    require(pickle_.values.size() < kMostValues, "{}: a pickle of more than {} values", where(), kMostValues);
    pickle_.values.emplace_back();
    pickle_.values.back().kind = kind;
    return &pickle_.values.back();
  }
  PickleValue* push(Kind kind) { return stack_.emplace_back(make(kind)); }
  void push_integer(int64_t value) { push(Kind::kInteger)->integer = value; }
  void push_text(uint64_t length) { push(Kind::kText)->text = reader_.take(length); }
  void push_opaque(uint64_t length) {
    reader_.take(length);
    push(Kind::kNone);
  }

  PickleValue* top() {
    require(!stack_.empty() && (marks_.empty() || stack_.size() > marks_.back()), "{}: damaged pickle (a value is missing)",
            where());
    return stack_.back();
  }
  PickleValue* pop() {
    PickleValue* value = top();
    stack_.pop_back();
    return value;
  }
  // Everything above the last mark.
  std::vector<PickleValue::Pointer> pop_to_mark() {
    require(!marks_.empty(), "{}: damaged pickle (a mark is missing)", where());
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleValue::Pointer> values(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return values;
  }
  void push_sequence(std::vector<PickleValue::Pointer> items) { push(Kind::kSequence)->items = std::move(items); }
  std::vector<PickleValue::Pointer> pop_last(size_t count) {
    std::vector<PickleValue::Pointer> values(count);
    for (size_t i = count; i-- > 0;) values[i] = pop();
    return values;
  }

  void append(const std::vector<PickleValue::Pointer>& items) {
    PickleValue* list = top();
    require(list->kind == Kind::kSequence || list->kind == Kind::kObject, "{}: damaged pickle (items of no list)", where());
    if (list->kind == Kind::kSequence) list->items.insert(list->items.end(), items.begin(), items.end());
  }
  void set_entries(const std::vector<PickleValue::Pointer>& items) {
    PickleValue* target = top();
    require(target->kind == Kind::kDictionary || target->kind == Kind::kObject, "{}: damaged pickle (entries of no dictionary)",
            where());
    require(items.size() % 2 == 0, "{}: damaged pickle (a key without its value)", where());
    for (size_t i = 0; i < items.size(); i += 2) target->entries.emplace_back(items[i], items[i + 1]);
  }

  void push_global() {
    const auto module = reader_.line(), name = reader_.line();
    require(module.size() + name.size() <= kMostName && is_printable(module) && is_printable(name),
            "{}: damaged pickle (a class without a proper name)", where());
    push(Kind::kGlobal)->text = std::string(module) + " " + std::string(name);
  }
  // REDUCE and NEWOBJ: what is on top of the stack are the arguments, below it whom to call.
  void push_object() {
    const PickleValue* arguments = pop();
    const PickleValue* callable = pop();
    PickleValue* object = push(Kind::kObject);
    object->callable = callable;
    object->arguments = arguments;
  }
  void set_state() {
    const PickleValue* state = pop();
    top()->state = state;
  }

  void push_persistent() {
    auto id = pop_last(1);
    push(Kind::kPersistent)->items = std::move(id);
  }

  void keep(uint64_t index) { memo_[index] = top(); }
  void recall(uint64_t index) {
    const auto found = memo_.find(index);
    require(found != memo_.end(), "{}: damaged pickle (it recalls what it never kept)", where());
    stack_.push_back(found->second);
  }

  static const std::unordered_map<uint64_t, void (*)(Machine&)>& opcodes() {
    static const std::unordered_map<uint64_t, void (*)(Machine&)> table = {
        {0x80, [](Machine& m) { m.check_protocol(); }},                        // PROTO
        {'(', [](Machine& m) { m.marks_.push_back(m.stack_.size()); }},        // MARK
        {'0', [](Machine& m) { m.pop(); }},                                    // POP
        {'N', [](Machine& m) { m.push(Kind::kNone); }},                        // NONE
        {0x88, [](Machine& m) { m.push_integer(1); }},                         // NEWTRUE
        {0x89, [](Machine& m) { m.push_integer(0); }},                         // NEWFALSE
        {'J', [](Machine& m) { m.push_integer(as_signed(m.number(4), 4)); }},  // BININT
        {'K', [](Machine& m) { m.push_integer(as_signed(m.number(1), 8)); }},  // BININT1
        {'M', [](Machine& m) { m.push_integer(as_signed(m.number(2), 8)); }},  // BININT2
        {0x8a, [](Machine& m) { m.push_long(m.number(1)); }},                  // LONG1
        {0x8b, [](Machine& m) { m.push_opaque(m.number(4)); }},                // LONG4
        {'G', [](Machine& m) { m.push_opaque(8); }},                           // BINFLOAT
        {'U', [](Machine& m) { m.push_text(m.number(1)); }},                   // SHORT_BINSTRING
        {'T', [](Machine& m) { m.push_text(m.number(4)); }},                   // BINSTRING
        {'X', [](Machine& m) { m.push_text(m.number(4)); }},                   // BINUNICODE
        {')', [](Machine& m) { m.push_sequence({}); }},                        // EMPTY_TUPLE
        {']', [](Machine& m) { m.push_sequence({}); }},                        // EMPTY_LIST
        {'t', [](Machine& m) { m.push_sequence(m.pop_to_mark()); }},           // TUPLE
        {'l', [](Machine& m) { m.push_sequence(m.pop_to_mark()); }},           // LIST
        {0x85, [](Machine& m) { m.push_sequence(m.pop_last(1)); }},            // TUPLE1
        {0x86, [](Machine& m) { m.push_sequence(m.pop_last(2)); }},            // TUPLE2
        {0x87, [](Machine& m) { m.push_sequence(m.pop_last(3)); }},            // TUPLE3
        {'a', [](Machine& m) { m.append(m.pop_last(1)); }},                    // APPEND
        {'e', [](Machine& m) { m.append(m.pop_to_mark()); }},                  // APPENDS
        {'}', [](Machine& m) { m.push(Kind::kDictionary); }},                  // EMPTY_DICT
        {'s', [](Machine& m) { m.set_entries(m.pop_last(2)); }},               // SETITEM
        {'u', [](Machine& m) { m.set_entries(m.pop_to_mark()); }},             // SETITEMS
        {'c', [](Machine& m) { m.push_global(); }},                            // GLOBAL
        {'R', [](Machine& m) { m.push_object(); }},                            // REDUCE
        {0x81, [](Machine& m) { m.push_object(); }},                           // NEWOBJ
        {'b', [](Machine& m) { m.set_state(); }},                              // BUILD
        {'Q', [](Machine& m) { m.push_persistent(); }},                        // BINPERSID
        {'q', [](Machine& m) { m.keep(m.number(1)); }},                        // BINPUT
        {'r', [](Machine& m) { m.keep(m.number(4)); }},                        // LONG_BINPUT
        {'h', [](Machine& m) { m.recall(m.number(1)); }},                      // BINGET
        {'j', [](Machine& m) { m.recall(m.number(4)); }},                      // LONG_BINGET
    };
    return table;
  }

  void check_protocol() {
    const uint64_t protocol = reader_.number(1);
    require(protocol == 2, "{}: pickled with protocol {} (known: 2, the default of torch.save)", where(), protocol);
  }
  void push_long(uint64_t bytes) {
    if (bytes == 0) return push_integer(0);
    if (bytes > 8) return push_opaque(bytes);
    push_integer(as_signed(number(static_cast<int>(bytes)), static_cast<int>(bytes)));
  }

  ByteReader& reader_;
  uint64_t begin_;
  Pickle pickle_;
  std::vector<PickleValue*> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, PickleValue*> memo_;
};

}  // namespace

Pickle read_pickle(ByteReader& reader) { return Machine(reader).run(); }

}  // namespace facemat
