#include "src/core/config.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/core/file.h"
#include "tests/support/locale.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

struct Wheel {
  double size = 1;
  std::string tyre = "soft";
};
struct Car {
  bool fast = false;
  int seats = 4;
  uint64_t seed = 1;
  double price = 0.1;
  std::string name = "plain";
  std::vector<double> gears = {1, 2};
  std::vector<std::string> tags;
  Wheel spare;
  std::vector<Wheel> wheels = {{}, {}};
};
void fields(FieldVisitor& visit, Wheel& w) {
  visit("size", w.size, "metres", {0.5, 2});
  visit("tyre", w.tyre, "rubber", {"soft", "hard"});
}
void fields(FieldVisitor& visit, Car& c) {
  visit("fast", c.fast, "or not");
  visit("seats", c.seats, "to sit on", {1, 9});
  visit("seed", c.seed, "of chance");
  visit("price", c.price, "to pay");
  visit("name", c.name, "on the door");
  visit("gears", c.gears, "ratios", {0, 10});
  visit("tags", c.tags, "words");
  visit.group("spare", c.spare, "in the boot");
  visit.list("wheels", c.wheels, "on the road");
}

TEST(Config, ReadsEveryKindOfField) {
  const auto car = config_from_yaml<Car>(R"(
fast: true
seats: 5
seed: 18446744073709551615
price: 1e3
name: "a: b"
gears: [3, 4.5]
tags: [x, y]
spare: {size: 2, tyre: hard}
wheels: [{size: 0.5}, {}, {tyre: hard}]
)",
                                         "car.yaml");
  EXPECT_TRUE(car.fast);
  EXPECT_EQ(car.seats, 5);
  EXPECT_EQ(car.seed, 18446744073709551615ull);
  EXPECT_EQ(car.price, 1000);
  EXPECT_EQ(car.name, "a: b");
  EXPECT_EQ(car.gears, (std::vector<double>{3, 4.5}));
  EXPECT_EQ(car.tags, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(car.spare.tyre, "hard");
  ASSERT_EQ(car.wheels.size(), 3u);
  EXPECT_EQ(car.wheels[0].size, 0.5);
  EXPECT_EQ(car.wheels[1].tyre, "soft");
  EXPECT_EQ(car.wheels[2].tyre, "hard");
}

TEST(Config, WhatIsNotGivenKeepsItsDefault) {
  const auto car = config_from_yaml<Car>("", "car.yaml");
  EXPECT_EQ(car.seats, 4);
  EXPECT_EQ(car.wheels.size(), 2u);
}

TEST(Config, MistakesAreNamed) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"seets: 5", "car.yaml:1: unknown key 'seets' (known: "},
      {"\nspare: {sise: 1}", "car.yaml:2: unknown key 'spare.sise' (known: size, tyre)"},
      {"wheels: [{sise: 1}]", "unknown key 'wheels[0].sise'"},
      {"seats: many", "car.yaml:1: seats must be a whole number, got 'many'"},
      {"seats: 4.5", "seats must be a whole number, got '4.5'"},
      {"seats: 0", "car.yaml:1: seats is 0 (allowed: 1 to 9)"},
      {"seats: [1]", "seats must be a whole number, got a list"},
      {"seed: -1", "seed must be a whole number, 0 or more"},
      {"fast: 3", "fast must be true or false, got '3'"},
      {"price: .nan", "price is nan"},
      {"spare: {size: .nan}", "spare.size is nan (allowed: 0.5 to 2)"},
      {"gears: [1, 11]", "gears is 11 (allowed: 0 to 10)"},
      {"gears: fast", "gears must be a list of numbers"},
      {"spare: 3", "spare must be a map, got a value"},
      {"spare: {tyre: wood}", "spare.tyre is 'wood' (known: soft, hard)"},
      {"wheels: {size: 1}", "wheels must be a list, got a map"},
      {"wheels: [3]", "wheels[0] must be a map, got a value"},
      {"[1, 2]", "must be a map of settings, got a list"},
      {"a: [", "car.yaml:1: not valid YAML"},
      {"a: *nobody", "not valid YAML"},
      {std::string(100, '['), "nested too deeply"},
      {std::string(100000, '{'), "nested too deeply"},
      {std::string(1 << 21, ' '), "larger than"},
  };
  for (const auto& [yaml, message] : table)
    EXPECT_THAT(message_of([&, &yaml = yaml] { config_from_yaml<Car>(yaml, "car.yaml"); }), HasSubstr(message))
        << yaml.substr(0, 60);
}

TEST(Config, AKeyGivenTwiceIsRefused) {
  const auto message = [](const std::string& text) { return message_of([&] { config_from_yaml<Car>(text, "x.yaml"); }); };
  EXPECT_THAT(message("name: a\nname: b\n"), HasSubstr("x.yaml:2: 'name' is given twice"));
  EXPECT_THAT(message("a: {b: [{c: 1, c: 2}]}\n"), HasSubstr("x.yaml:1: 'c' is given twice"));
  // Ten lines that would be 10^9 values.
  std::string bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 9; ++i)
    bomb += fmt::format("a{}: &a{} [{}]\n", i, i, fmt::join(std::vector<std::string>(10, fmt::format("*a{}", i - 1)), ", "));
  EXPECT_THAT(message(bomb), HasSubstr("more than 100000 values"));
}

TEST(Config, DeepIndentationIsRefused) {
  std::string yaml, dashes;
  for (int level = 0; level < 3000; ++level) yaml += std::string(level, ' ') + "a:\n", dashes += "- ";
  EXPECT_THAT(message_of([&] { config_from_yaml<Car>(yaml.substr(0, 900000), "x"); }), HasSubstr("nested too deeply"));
  EXPECT_THAT(message_of([&] { config_from_yaml<Car>(dashes, "x"); }), HasSubstr("nested too deeply"));
}

// An alias may stand within what it names, and many small ones within each other.
TEST(Config, DepthThatHidesIsRefused) {
  const auto message = [](const std::string& text) { return message_of([&] { config_from_yaml<Car>(text, "x.yaml"); }); };
  EXPECT_THAT(message("a: &a [*a]\n"), HasSubstr("x.yaml:1: nested too deeply (allowed: 64 levels)"));
  EXPECT_THAT(message("a: &a {b: *a}\n"), HasSubstr("nested too deeply"));
  std::string chain = "a0: &a0 [x]\n";
  for (int i = 1; i < 100; ++i) chain += fmt::format("a{0}: &a{0} [*a{1}]\n", i, i - 1);
  EXPECT_THAT(message(chain), HasSubstr("nested too deeply"));
  std::string comments, quotes;
  for (int i = 0; i < 100; ++i) comments += "[ # ]\n", quotes += "[\"]\",";
  EXPECT_THAT(message("a: " + comments + std::string(100, ']')), HasSubstr("nested too deeply"));
  EXPECT_THAT(message("a: " + quotes + std::string(100, ']')), HasSubstr("nested too deeply"));
  for (int i = 0; i < 12; ++i) comments += comments.substr(0, 30'000);
  EXPECT_THAT(message("a: " + comments), HasSubstr("not valid YAML"));  // yaml-cpp's own bound
}

TEST(Config, KeysAreTextsAndListsAreBounded) {
  const auto message = [](const std::string& text) { return message_of([&] { config_from_yaml<Car>(text, "x.yaml"); }); };
  EXPECT_THAT(message("name: a\n? [b, c]\n: 1\n"), HasSubstr("x.yaml:2: a key must be a text"));
  std::string wheels = "wheels: [";
  for (int i = 0; i < 1001; ++i) wheels += "{},";
  EXPECT_THAT(message(wheels + "]"), HasSubstr("x.yaml:1: wheels has 1001 entries (allowed: 1000)"));
}

TEST(Config, DumpsWhatItReadsBack) {
  Car car;
  car.price = 0.1 + 0.2;  // needs all 17 digits
  car.name = "true";      // a text that looks like another type
  car.tags = {"1", "", "a, b", "#x"};
  car.gears = {1.0 / 3};
  car.wheels = {{1.25, "hard"}};
  const std::string yaml = config_to_yaml(car);
  const auto again = config_from_yaml<Car>(yaml, "dump");
  EXPECT_EQ(again.price, car.price);
  EXPECT_EQ(again.name, "true");
  EXPECT_EQ(again.tags, car.tags);
  EXPECT_EQ(again.gears, car.gears);
  ASSERT_EQ(again.wheels.size(), 1u);
  EXPECT_EQ(again.wheels[0].size, 1.25);
  EXPECT_EQ(config_to_yaml(again), yaml);
  EXPECT_THAT(yaml, HasSubstr("# to sit on"));
}

TEST(Config, LayersOverrideEachOther) {
  const Scratch scratch;
  write_file(scratch / "base.yaml", "seats: 2\nname: base\nspare: {size: 2}\n");
  write_file(scratch / "sub/car.yaml", "base: ../base.yaml\nname: own\n");
  const auto car = load_config<Car>(scratch / "sub/car.yaml", {"spare.tyre=hard", "seats=3", "seats=7", "gears=[5]"});
  EXPECT_EQ(car.name, "own");
  EXPECT_EQ(car.seats, 7);
  EXPECT_EQ(car.spare.size, 2);
  EXPECT_EQ(car.spare.tyre, "hard");
  EXPECT_EQ(car.gears, std::vector<double>{5});
}

TEST(Config, LayersSayWhereTheyAreWrong) {
  const Scratch scratch;
  write_file(scratch / "a.yaml", "base: a.yaml\n");
  write_file(scratch / "b.yaml", "base: none.yaml\n");
  write_file(scratch / "c.yaml", "base: [1]\n");
  const auto message = [&](const std::string& file, const std::vector<std::string>& set = {}) {
    return message_of([&] { load_config<Car>(file.empty() ? fs::path() : scratch / file, set); });
  };
  EXPECT_THAT(message("a.yaml"), HasSubstr("include each other too deeply"));
  EXPECT_THAT(message("b.yaml"), HasSubstr("none.yaml: no such file"));
  EXPECT_THAT(message("c.yaml"), HasSubstr("base must be a file name"));
  EXPECT_THAT(message("", {"seats"}), HasSubstr("--set seats: must look like a.b=value"));
  EXPECT_THAT(message("", {"=3"}), HasSubstr("must look like a.b=value"));
  EXPECT_THAT(message("", {"seets=3"}), HasSubstr("--set: unknown key 'seets'"));
  EXPECT_THAT(message("", {"seats=12"}), HasSubstr("--set: seats is 12 (allowed: 1 to 9)"));
}

TEST(FlatSettings, KeepPathsAndOrder) {
  const Scratch scratch;
  write_file(scratch / "run.yaml",
             "seed: 7\nlosses:\n  - {name: l1, weight: 2}\n  - {name: conn, weight: 1}\nempty: []\nname: \"a: b\"\n");
  const FlatSettings expected = {
      {"seed", "7"},   {"losses.0.name", "l1"}, {"losses.0.weight", "2"}, {"losses.1.name", "conn"}, {"losses.1.weight", "1"},
      {"name", "a: b"}};
  EXPECT_EQ(flat_settings(scratch / "run.yaml"), expected);
  write_file(scratch / "bad.yaml", std::string(100, '['));
  EXPECT_THAT(message_of([&] { flat_settings(scratch / "bad.yaml"); }), testing::HasSubstr("nested too deeply"));
}

TEST(Config, NumbersAreDecimal) {
  const auto car = config_from_yaml<Car>("{seats: 007, seed: 0100, price: 010.5, gears: [01, .5]}", "car.yaml");
  EXPECT_EQ(car.seats, 7);
  EXPECT_EQ(car.seed, 100u) << "not 64";
  EXPECT_EQ(car.price, 10.5);
  EXPECT_EQ(car.gears, (std::vector<double>{1, 0.5}));
  EXPECT_EQ(load_config<Car>("", {"seats=08"}).seats, 8) << "no octal digit";
  for (const char* text : {"seats: 0x4", "seats: 4.0", "seats: 1_0", "seats: ", "seats: [4]", "price: 1,5", "price: nan"})
    EXPECT_THAT(message_of([&] { config_from_yaml<Car>(text, "car.yaml"); }), HasSubstr("must be a")) << text;
  EXPECT_EQ(config_from_yaml<Car>("price: .inf", "car.yaml").price, HUGE_VAL);
}

TEST(Config, TheHostsLocaleDoesNotMatter) {
  Car car;
  car.price = 1234.5, car.seats = 7, car.seed = 1234567, car.gears = {0.25, 9.5};
  const std::string expected = config_to_yaml(car);
  check_in_odd_locales([&] {
    EXPECT_EQ(config_to_yaml(car), expected);
    EXPECT_EQ(config_to_yaml(config_from_yaml<Car>(expected, "car.yaml")), expected);
  });
}

}  // namespace
}  // namespace facemat
