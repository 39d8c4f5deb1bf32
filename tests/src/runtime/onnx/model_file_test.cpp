#include "src/runtime/onnx/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "src/core/random.h"
#include "src/core/seal.h"
#include "src/runtime/onnx/plain_session.h"
#include "src/runtime/predictors/matter.h"
#include "tests/src/runtime/models.h"

namespace facemat {
namespace {

using namespace tiny_onnx;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kHalf = 10, kInt4 = 22;  // data types of TensorProto

Bytes raw_tensor(const std::string& name, const std::vector<int64_t>& shape, int type, const Bytes& more) {
  Bytes out;
  for (const int64_t side : shape) out += number(1, static_cast<uint64_t>(side));
  return out + number(2, type) + bytes(8, name) + more;
}
Bytes raw(size_t count) { return bytes(9, Bytes(count, '\0')); }

// A model that is one tensor, as an initializer.
Bytes model_of(const Bytes& tensor) { return model(bytes(5, tensor), ""); }

std::string refusal(const Bytes& model) {
  return message_of([&] { check_model(model, "m.onnx"); });
}

Bytes sealed_accumulator() {
  ModelContract contract = accumulator_contract();
  contract.sealed = true;
  return sealed(accumulator(contract_to_json(contract), {0.5f, 0.25f, 0.125f}));
}

TEST(ModelFile, TakesTensorsThatHoldWhatTheirShapePromises) {
  const std::pair<const char*, Bytes> tensors[] = {
      {"floats", raw_tensor("t", {2, 3}, kFloat, raw(24))},
      {"scalar", raw_tensor("t", {}, kFloat, raw(4))},
      {"nothing", raw_tensor("t", {0, 3}, kFloat, "")},
      {"typed floats", raw_tensor("t", {2}, kFloat, bytes(4, Bytes(8, '\0')))},
      {"typed whole numbers", raw_tensor("t", {3}, kInt64, bytes(7, varint(1) + varint(300) + varint(7)))},
      {"one by one", raw_tensor("t", {2}, kInt64, number(7, 1) + number(7, 300))},
      {"halves", raw_tensor("t", {5}, kHalf, raw(10))},
      {"quarter bytes", raw_tensor("t", {5}, kInt4, raw(3))},
      {"zeros nobody divides by", raw_tensor("t", {2}, kInt64, raw(16))},
      {"text", raw_tensor("t", {2}, 8, bytes(6, "a") + bytes(6, ""))},
  };
  for (const auto& [name, tensor] : tensors) EXPECT_EQ(refusal(model_of(tensor)), "no error") << name;
}

TEST(ModelFile, RefusesTensorsThatDoNot) {
  const Bytes external = bytes(13, bytes(1, "location") + bytes(2, "../../etc/passwd"));
  struct Case {
    const char* name;
    Bytes tensor;
    const char* message;
  };
  const Case cases[] = {
      {"too few bytes", raw_tensor("w", {2, 3}, kFloat, raw(23)), "tensor 'w' has 23 bytes of data, its shape takes 24"},
      {"too many bytes", raw_tensor("w", {2, 3}, kFloat, raw(25)), "25 bytes"},
      {"no data", raw_tensor("w", {1 << 20, 1 << 12}, kFloat, ""), "has 0 values, its shape takes 4294967296"},
      {"too few values", raw_tensor("w", {3}, kFloat, bytes(4, Bytes(8, '\0'))), "has 2 values, its shape takes 3"},
      {"negative", raw_tensor("w", {-1, 3}, kFloat, raw(12)), "impossible shape"},
      {"product beyond 64 bits", raw_tensor("w", {int64_t{1} << 62, 8}, kFloat, raw(0)), "impossible shape"},
      {"unknown type", raw_tensor("w", {1}, 99, raw(4)), "unknown type 99"},
      {"no type", bytes(8, "w") + number(1, 1) + raw(4), "unknown type 0"},
      {"data of another kind", raw_tensor("w", {1}, kFloat, varint(9 << 3 | 5) + Bytes(4, '\1')), "field 9 is of kind 5"},
      {"values of another kind", raw_tensor("w", {1}, kInt64, varint(7 << 3 | 1) + Bytes(8, '\1')), "has 0 values"},
      {"data twice", raw_tensor("w", {1}, kFloat, raw(4) + raw(4)), "there twice"},
      {"another file", raw_tensor("w", {1}, kFloat, external + number(14, 1)), "lies in another file, '../../etc/passwd'"},
      {"another file, not marked", raw_tensor("w", {1}, kFloat, external), "lies in another file"},
      {"marked, no file", raw_tensor("w", {1}, kFloat, raw(4) + number(14, 1)), "lies in another file, ''"},
      {"a file beside", raw_tensor("w", {1}, kFloat, bytes(13, bytes(1, "location") + bytes(2, "weights.bin"))),
       "'weights.bin' (a model must be one file"},
      {"an odd name", raw_tensor("a\nb", {1}, kFloat, raw(3)), "tensor 'a?b' has 3 bytes"},
      {"a name without end", raw_tensor(Bytes(5000, 'n'), {1}, kFloat, raw(3)), "n...' has 3 bytes"},
  };
  for (const Case& c : cases)
    EXPECT_THAT(refusal(model_of(c.tensor)), AllOf(HasSubstr("m.onnx: "), HasSubstr(c.message))) << c.name;
}

// Everywhere a tensor may stand.
TEST(ModelFile, LooksIntoEveryCorner) {
  const Bytes bad = raw_tensor("hidden", {1}, kFloat, bytes(13, bytes(1, "location") + bytes(2, "/x")) + number(14, 1));
  const auto attribute_with = [](int field, const Bytes& value) { return bytes(5, bytes(1, "a") + bytes(field, value)); };
  const auto in_node = [](const Bytes& attribute) { return node("Op", {"x"}, "y", attribute); };
  const Bytes graph_with = bytes(5, bad);
  const std::pair<const char*, Bytes> graphs[] = {
      {"initializer", bytes(5, bad)},
      {"attribute", in_node(attribute_with(5, bad))},
      {"list in an attribute", in_node(attribute_with(10, bad))},
      {"graph in an attribute", in_node(attribute_with(6, graph_with))},
      {"graphs in an attribute", in_node(attribute_with(11, graph_with))},
      {"graph in a graph", in_node(attribute_with(6, in_node(attribute_with(6, graph_with))))},
      {"sparse values", bytes(15, bytes(1, bad))},
      {"sparse indices", bytes(15, bytes(2, bad))},
      {"sparse attribute", in_node(attribute_with(22, bytes(1, bad)))},
      {"sparse attributes", in_node(attribute_with(23, bytes(2, bad)))},
  };
  for (const auto& [name, graph] : graphs)
    EXPECT_THAT(refusal(model(graph, "")), HasSubstr("tensor 'hidden' lies in another file, '/x'")) << name;
  const Bytes plain = model("", "");
  EXPECT_THAT(refusal(plain + bytes(25, bytes(7, bytes(5, bytes(1, "a") + bytes(5, bad))))), HasSubstr("'hidden'"))
      << "function";
  EXPECT_THAT(refusal(plain + bytes(25, bytes(11, bytes(1, "a") + bytes(5, bad)))), HasSubstr("'hidden'")) << "its default";
  EXPECT_THAT(refusal(plain + bytes(20, bytes(1, bytes(5, bad)))), HasSubstr("'hidden'")) << "training";
}

TEST(ModelFile, RefusesWhatIsNoModel) {
  Bytes deep = bytes(5, raw_tensor("t", {1}, kFloat, raw(4)));
  for (int i = 0; i < 200; ++i) deep = node("If", {}, "y", bytes(5, bytes(1, "then") + bytes(6, deep)));
  const auto ints = [](const char* name, const std::vector<int64_t>& values) {
    Bytes out = bytes(1, name);
    for (const int64_t value : values) out += number(8, static_cast<uint64_t>(value));
    return bytes(5, out + number(20, 7));
  };
  const Bytes pads = ints("pads", {1 << 20});
  struct Case {
    const char* name;
    Bytes model;
    const char* message;
  };
  const Case cases[] = {
      {"empty", "", "holds no graph"},
      {"text", "this is a letter, not a network", "not a readable ONNX model"},
      {"a number too long", Bytes(11, '\xff'), "more than 64 bits"},
      {"field 0", Bytes("\x00\x01", 2), "field number 0"},
      {"a group", Bytes("\x0b\x0c", 2), "kind 3"},
      {"a length beyond the end", Bytes("\x3a\x7f", 2), "127 bytes too early"},
      {"two graphs", model("", "") + bytes(7, ""), "its graph is there twice"},
      {"two contracts", model("", "{}") + bytes(14, bytes(1, "facemat.contract") + bytes(2, "{}")), "there twice"},
      {"graphs without end", model(deep, ""), "more than 64 levels deep"},
      {"a window beyond reason", model(node("Conv", {"x", "w"}, "y", pads), ""), "pads is 1048576 (allowed: -4096 to 4096)"},
      {"a stride of 0", model(node("Conv", {"x", "w"}, "y", ints("strides", {1, 0})), ""), "strides is 0 (allowed: 1 to"},
      {"no groups", model(node("Conv", {"x", "w"}, "y", attribute("group", 0)), ""), "group is 0 (allowed: 1 to"},
      {"strides out of sight", model(node("Conv", {"x", "w"}, "y", ints("strides", std::vector<int64_t>(65, 1))), ""),
       "strides has more than 64 numbers"},
      {"an attribute twice", model(node("Cast", {"x"}, "y", attribute("to", 1) + attribute("to", 7)), ""),
       "a node's attribute 'to' is there twice"},
      {"a division by 0", model(node("Div", {"x", "d"}, "y") + bytes(5, raw_tensor("d", {2}, kInt64, raw(16))), ""),
       "node 'y' (Div) divides whole numbers by 'd', which holds 0"},
      {"a remainder by a typed 0",
       model(node("Mod", {"x", "d"}, "y") + bytes(5, raw_tensor("d", {2}, kInt64, bytes(7, varint(3) + varint(0)))), ""),
       "divides whole numbers by 'd'"},
      {"a division by a constant node",
       model(node("Constant", {}, "d", bytes(5, bytes(1, "value") + bytes(5, raw_tensor("", {1}, kInt64, raw(8))))) +
                 node("Div", {"x", "d"}, "y"),
             ""),
       "divides whole numbers by 'd'"},
      {"a sparse tensor beyond reason",
       model(bytes(15, bytes(1, raw_tensor("v", {0}, kFloat, "")) + number(3, int64_t{1} << 32)), ""), "sparse tensor of"},
  };
  for (const Case& c : cases) EXPECT_THAT(refusal(c.model), AllOf(HasSubstr("m.onnx: "), HasSubstr(c.message))) << c.name;
}

TEST(ModelFile, ABlockSizeOf0IsNoBlocksWhereTheOperatorSaysSo) {
  const auto of = [](const char* op) { return refusal(model(node(op, {"x", "s"}, "y", attribute("block_size", 0)), "")); };
  EXPECT_EQ(of("QuantizeLinear"), "no error");
  EXPECT_EQ(of("DequantizeLinear"), "no error");
  EXPECT_THAT(of("MatMulNBits"), HasSubstr("block_size is 0 (allowed: 1 to")) << "which divides by it";
  EXPECT_THAT(refusal(model(node("QuantizeLinear", {"x", "s"}, "y", attribute("block_size", -1)), "")),
              HasSubstr("block_size is -1 (allowed: 0 to"));
}

TEST(ModelFile, ASealMustHold) {
  const Bytes whole = sealed_accumulator();
  EXPECT_EQ(refusal(whole), "no error");
  EXPECT_THAT(refusal(Bytes(without_seal(whole))), HasSubstr("damaged, or changed after its export")) << "promised, cut off";
  EXPECT_NO_THROW(check_model(without_seal(whole), "m.onnx", Seal::kIfThere));
  EXPECT_THAT(refusal(whole + bytes(14, bytes(1, "note") + bytes(2, "x"))), HasSubstr("its seal does not hold")) << "added to";
  Bytes other = sealed(accumulator(contract_to_json(accumulator_contract()), {1, 0, 0}));
  EXPECT_EQ(refusal(other), "no error") << "a seal nobody promised";
  other[200] ^= 4;
  EXPECT_THAT(refusal(other), HasSubstr("its seal does not hold"));
  EXPECT_THROW(check_model(other, "m.onnx", Seal::kIfThere), Error);
}

// What `body` does in a process of its own, with bounded time: kWorked, kError if it threw Error, kOther if something else;
// minus the signal that ended it, or the code that a sanitizer ended it with. A crash is seen instead of suffered.
constexpr int kWorked = 0, kError = 101, kOther = 102;
int outcome_of(const std::function<void()>& body) {
  constexpr unsigned kLimitSeconds = 60;
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::alarm(kLimitSeconds);
    for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::signal(crash, SIG_DFL);  // not the sanitizers'
    try {
      body();
    } catch (const Error&) {
      ::_exit(kError);
    } catch (...) {
      ::_exit(kOther);
    }
    ::_exit(kWorked);
  }
  int status = 0;
  require(child > 0 && ::waitpid(child, &status, 0) == child, "no process");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(ModelFile, ItsTestSeesCrashes) {
  EXPECT_EQ(outcome_of([] {}), kWorked);
  EXPECT_EQ(outcome_of([] { fail("no"); }), kError);
  EXPECT_EQ(outcome_of([] { throw 7; }), kOther);
  EXPECT_EQ(outcome_of([] { ::raise(SIGSEGV); }), -SIGSEGV);
}

// The i-th of many damages: a flipped bit or a cut, where chance says.
Bytes damaged(Bytes model, int i) {
  Rng rng = Rng(11).fork("damage", static_cast<uint64_t>(i));
  const auto at = static_cast<size_t>(rng.uniform(0, 1) * static_cast<double>(model.size() * 8));
  if (i % 4 == 3) return model.substr(0, at / 8);
  model[at / 8] = static_cast<char>(model[at / 8] ^ (1 << at % 8));
  return model;
}

void run_one_frame(const fs::path& model) {
  MatterOptions options;
  options.threads = 1;
  Matter(model, options).predict(cv::Mat(24, 32, CV_8UC3, cv::Scalar(10, 100, 200)));
}

TEST(ModelFile, TwoHundredDamagedSealedFilesAreErrors) {
  const Scratch folder;
  const Bytes whole = sealed_accumulator();
  write_file(folder / "m.onnx", whole);
  ASSERT_EQ(outcome_of([&] { run_one_frame(folder / "m.onnx"); }), kWorked);
  for (int i = 0; i < 200; ++i) {
    write_plain(folder / "m.onnx", damaged(whole, i));
    EXPECT_EQ(outcome_of([&] { run_one_frame(folder / "m.onnx"); }), kError) << "damage " << i;
  }
}

// Without a seal a flipped bit in a weight cannot be known: an error or an answer, but never a crash.
TEST(ModelFile, TwoHundredDamagedFilesWithoutSealNeverCrash) {
  const Scratch folder;
  const Bytes whole = accumulator(contract_to_json(accumulator_contract()), {0.5f, 0.25f, 0.125f});
  int errors = 0;
  for (int i = 0; i < 200; ++i) {
    const Bytes bad = damaged(whole, i);
    const int outcome = outcome_of([&] {
      PlainSession session(bad, "m.onnx");
      session.run({{{1, 3, 4, 4}, std::vector<float>(48, 0.5f)}, {{1, 1, 1, 1}, {0}}});
    });
    EXPECT_TRUE(outcome == kWorked || outcome == kError) << "damage " << i << " ended with " << outcome;
    errors += outcome == kError;
  }
  EXPECT_GE(errors, 50);  // the cuts alone
}

}  // namespace
}  // namespace facemat
