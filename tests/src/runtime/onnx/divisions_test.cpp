#include "src/runtime/onnx/divisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/folder.h"
#include "src/runtime/onnx/model_file.h"
#include "src/runtime/onnx/plain_session.h"
#include "tests/support/scratch.h"
#include "tests/support/test_data.h"
#include "tests/support/tiny_onnx.h"

namespace facemat {
namespace {

using namespace tiny_onnx;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kInt8 = 3, kInt32 = 6, kBool = 9;

// A tensor of whole numbers, each of `width` bytes.
Bytes whole(const std::string& name, const std::vector<int64_t>& values, int type = kInt64, size_t width = 8) {
  Bytes raw;
  for (const int64_t value : values)
    for (size_t i = 0; i < width; ++i) raw += static_cast<char>(static_cast<uint64_t>(value) >> 8 * i);
  return number(1, values.size()) + number(2, type) + bytes(8, name) + bytes(9, raw);
}
Bytes constant(const std::string& name, const std::vector<int64_t>& values) { return bytes(5, whole(name, values)); }
Bytes graph_attribute(const std::string& name, const Bytes& graph) { return bytes(5, bytes(1, name) + bytes(6, graph)); }

// Whole numbers, and a picture.
Bytes inputs() { return port(11, "x", {1}, kInt64) + port(11, "picture", {1, 3, -1, -1}); }

std::string refusal(const Bytes& graph, const Bytes& beside = "") {
  return message_of([&] { check_model(model(graph + inputs(), "") + beside, "m.onnx"); });
}
Bytes division(const std::string& by) { return node("Div", {"x", by}, "y"); }

TEST(Divisions, ByWhatMayBeZeroAreRefused) {
  const Bytes shape = node("Shape", {"picture"}, "s") + constant("i", {2}) + node("Gather", {"s", "i"}, "height");
  struct Case {
    const char* name;
    Bytes graph;
    const char* message;
  };
  const Case cases[] = {
      {"a constant through another node", constant("zero", {0}) + node("Identity", {"zero"}, "d") + division("d"),
       "node 'y' (Div) divides whole numbers by 'd', which holds 0"},
      {"the lowest number by -1", constant("d", {-1}) + division("d"), "by 'd', which holds -1"},
      {"one of several", constant("d", {4, -1}) + division("d"), "by 'd', which may be 0 or -1"},
      {"short numbers", bytes(5, whole("d", {3, 0}, kInt32, 4)) + node("Mod", {"x", "d"}, "y"), "node 'y' (Mod) divides"},
      {"a reckoned zero", constant("a", {7}) + node("Sub", {"a", "a"}, "d") + division("d"), "by 'd', which holds 0"},
      {"a product that begins anew", bytes(5, whole("a", {1 << 16}, kInt32, 4)) + node("Mul", {"a", "a"}, "d") + division("d"),
       "by 'd', which may be 0"},
      {"what a host gives", division("x"), "by 'x', which may be 0 or -1"},
      {"what is reckoned from pixels", node("Cast", {"picture"}, "d", attribute("to", kInt64)) + division("d"), "by 'd'"},
      {"a bound that the other bound undoes",
       constant("one", {1}) + constant("none", {0}) + node("Clip", {"x", "one", "none"}, "d") + division("d"), "by 'd'"},
      {"a part of a side", shape + constant("k", {32}) + node("Div", {"height", "k"}, "d") + division("d"),
       "by 'd', which may be 0"},
      {"a side of what was cut",
       node("Slice", {"picture", "i", "i"}, "cut") + constant("i", {0}) + node("Shape", {"cut"}, "d") + division("d"),
       "by 'd'"},
      {"a name that means two things", constant("d", {7}) + constant("d", {0}) + division("d"), "by 'd'"},
      {"somebody's own operator",
       bytes(1, bytes(1, "x") + bytes(2, "d") + bytes(4, "Odd") + bytes(7, "somebody")) + division("d"), "by 'd'"},
      {"numbers of an unknown kind", node("Odd", {"picture"}, "d") + node("Div", {"d", "d"}, "y"), "what may be whole numbers"},
      {"a constant of another type than its name",
       node("Constant", {}, "d", bytes(5, bytes(1, "value_int") + number(8, 5) + number(20, 2))) + division("d"),
       "by 'd', which holds 0"},
      {"a short -1 made longer",
       bytes(5, whole("short", {-1}, kInt8, 1)) + node("Cast", {"short"}, "d", attribute("to", kInt64)) + division("d"),
       "by 'd', which holds -1"},
      {"the side of a picture without pixels, which 32 bits may not hold",
       constant("sides", {int64_t{1} << 32, 0}) + node("ConstantOfShape", {"sides"}, "empty") + node("Shape", {"empty"}, "s") +
           constant("i", {0}) + node("Gather", {"s", "i"}, "side") + constant("one", {1}) +
           node("Max", {"side", "one"}, "least") + node("Cast", {"least"}, "d", attribute("to", kInt32)) + division("d"),
       "by 'd', which may be 0 or -1"},
      {"a typed number that does not fit",
       bytes(5, number(1, 1) + number(2, kUint8) + bytes(8, "d") + number(5, 256)) + division("d"), "by 'd', which holds 0"},
      {"a name that hides another behind it",
       constant("d", {7}) +
           node("If", {"x"}, "z", graph_attribute("then_branch", division("d") + node("Identity", {"x"}, "d"))),
       "by 'd'"},
      {"within a branch", node("If", {"x"}, "z", graph_attribute("then_branch", division("x"))), "by 'x'"},
      {"after a branch",
       node("If", {"x"}, "d",
            graph_attribute("then_branch", constant("a", {7}) + port(12, "a", {1}, kInt64)) +
                graph_attribute("else_branch", constant("b", {0}) + port(12, "b", {1}, kInt64))) +
           division("d"),
       "by 'd'"},
  };
  for (const Case& c : cases) EXPECT_THAT(refusal(c.graph), AllOf(HasSubstr("m.onnx: node '"), HasSubstr(c.message))) << c.name;
}

TEST(Divisions, ByWhatCannotBeZeroStay) {
  const Bytes shape = node("Shape", {"picture"}, "s") + constant("i", {2}) + node("Gather", {"s", "i"}, "height");
  const std::pair<const char*, Bytes> cases[] = {
      {"constants", constant("d", {7, -3}) + division("d")},
      {"short numbers by -1", bytes(5, whole("d", {-1}, kInt8, 1)) + division("d")},
      {"longer ones by what spares 0 and -1",
       bytes(5, whole("a", {-2, 3}, kInt32, 4)) + node("Cast", {"a"}, "d", attribute("to", kInt64)) + division("d")},
      {"a size", shape + division("height")},
      {"a size of 32 bits", shape + node("Cast", {"height"}, "d", attribute("to", kInt32)) + division("d")},
      {"a size and more", shape + constant("k", {31}) + node("Add", {"height", "k"}, "d") + division("d")},
      {"a size of what keeps it", node("Relu", {"picture"}, "r") + node("Shape", {"r"}, "d") + division("d")},
      {"at least 1", constant("one", {1}) + node("Max", {"x", "one"}, "d") + division("d")},
      {"fractions", node("ReduceMean", {"picture"}, "d") + node("Div", {"picture", "d"}, "y")},
      {"fractions made of whole numbers", node("Cast", {"x"}, "f", attribute("to", kFloat)) + node("Div", {"f", "f"}, "y")},
      {"nodes that divide nothing", constant("zero", {0}) + node("Mul", {"x", "zero"}, "y")},
      {"fractions as the graph states", node("Odd", {"picture"}, "d") + port(13, "d", {1}) + node("Div", {"d", "d"}, "y")},
      {"fractions that go round",
       node("Cast", {"x"}, "f", attribute("to", kFloat)) +
           node("Loop", {"", "", "f"}, "z",
                graph_attribute("body", port(11, "i", {}, kInt64) + port(11, "go", {}, kBool) + port(11, "v", {1}) +
                                            node("Identity", {"go"}, "on") + node("Identity", {"v"}, "w") +
                                            port(12, "on", {}, kBool) + port(12, "w", {1}))) +
           node("Div", {"z", "z"}, "y")},
  };
  for (const auto& [name, graph] : cases) EXPECT_EQ(refusal(graph), "no error") << name;
}

// A function is what its callers give it.
TEST(Divisions, AreFollowedThroughFunctions) {
  const Bytes function = bytes(25, bytes(1, "Share") + bytes(4, "a") + bytes(4, "b") + bytes(5, "c") +
                                       bytes(7, node("Div", {"a", "b"}, "c").substr(2)) + bytes(10, "ours"));
  const auto call = [](const std::string& by) {
    return bytes(1, bytes(1, "x") + bytes(1, by) + bytes(2, "z") + bytes(4, "Share") + bytes(7, "ours"));
  };
  EXPECT_EQ(refusal(constant("seven", {7}) + call("seven"), function), "no error");
  EXPECT_THAT(refusal(constant("zero", {0}) + call("zero"), function), HasSubstr("by 'b', which holds 0"));
  // Each of forty functions calls the next twice: a trillion steps.
  Bytes many;
  for (int i = 0; i < 40; ++i) {
    const Bytes next = bytes(7, bytes(2, "q") + bytes(4, "f" + std::to_string(i + 1)) + bytes(7, "ours"));
    many += bytes(25, bytes(1, "f" + std::to_string(i)) + next + next + bytes(10, "ours"));
  }
  EXPECT_THAT(refusal(bytes(1, bytes(2, "q") + bytes(4, "f0") + bytes(7, "ours")), many), HasSubstr("steps of work"));
}

TEST(Divisions, FunctionsAreHeldToWhatOnnxRuntimeMakesOfThem) {
  const Bytes seven = node("Constant", {}, "c", bytes(5, bytes(1, "value_int") + number(3, 7) + number(20, 2))).substr(2);
  const auto function = [&](const std::string& name, const Bytes& node, const std::string& domain) {
    return bytes(25, bytes(1, name) + bytes(5, "c") + bytes(7, node) + bytes(10, domain));
  };
  const auto called = [](const std::string& name, const std::string& domain) {
    return bytes(2, "d") + bytes(4, name) + bytes(7, domain);
  };
  const Bytes graph = bytes(1, called("Seven", "ours")) + division("d");
  EXPECT_EQ(refusal(graph, function("Seven", seven, "ours")), "no error");
  EXPECT_THAT(refusal(graph, function("Seven", seven, "ours") + function("Seven", seven, "ours")),
              HasSubstr("its function 'Seven' is there twice"));
  EXPECT_THAT(refusal(bytes(1, called("Seven", "com.microsoft")) + division("d"), function("Seven", seven, "com.microsoft")),
              HasSubstr("by 'd'"))
      << "ONNX Runtime may have another operator of that name";
  const Bytes branch = graph_attribute("then_branch", division("x"));
  for (const char* domain : {"", "ours"})
    EXPECT_THAT(refusal(bytes(1, called("If", domain) + branch), function("If", seven, domain)),
                HasSubstr("its function 'If' is given a graph"))
        << "'" << domain << "'";
  EXPECT_THAT(refusal(graph, bytes(25, bytes(1, "Seven") + bytes(5, "c") + bytes(7, seven) + bytes(10, "ours") +
                                           bytes(11, bytes(1, "then_branch") + bytes(6, division("x"))))),
              HasSubstr("its function 'Seven' is given a graph"))
      << "by default";
  Bytes chain;
  for (int i = 0; i < 200; ++i) chain += function("f" + std::to_string(i), called("f" + std::to_string(i + 1), "ours"), "ours");
  EXPECT_THAT(refusal(bytes(1, called("f0", "ours")), chain), HasSubstr("functions more than 128 levels deep"));
}

// ONNX Runtime agrees about what a division by a size is.
TEST(Divisions, WhatIsTakenRuns) {
  const Bytes graph = node("Shape", {"picture"}, "s") + constant("i", {2}) + node("Gather", {"s", "i"}, "height") +
                      constant("x", {60}) + node("Div", {"x", "height"}, "q") +
                      node("Cast", {"q"}, "y", attribute("to", kFloat)) + port(11, "picture", {1, 3, -1, -1}) +
                      port(12, "y", {1});
  PlainSession session(model(graph, ""), "m.onnx");
  EXPECT_EQ(session.run({{{1, 3, 4, 2}, std::vector<float>(24, 0.5f)}})[0].values, std::vector<float>{15});
}

TEST(Divisions, PublishedNetworksAreTaken) {
  int seen = 0;
  for (const char* folder : {"annotators", "depth", "segmentation"}) {
    const auto found = test_data(folder);
    if (!found) continue;
    for (const fs::path& file : list_files(*found, {".onnx"})) {
      EXPECT_EQ(message_of([&] { read_model(file); }), "no error");
      ++seen;
    }
  }
  if (seen == 0) GTEST_SKIP() << "no test data (set FACEMAT_TEST_DATA)";
}

}  // namespace
}  // namespace facemat
