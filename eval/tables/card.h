#pragma once
// A model card: what a model is, what it was trained and judged on, how good it is and where it is weak, what it is for and
// what not, from the results of judging it and what its maker tells. A fact that neither knows is said to be unknown.

#include <optional>
#include <string>
#include <vector>

#include "eval/results/result.h"
#include "eval/statistics/statistics.h"
#include "src/core/config.h"
#include "src/core/contract.h"

namespace facemat {

struct NamedFact {
  std::string name, value;
};
void fields(FieldVisitor& visit, NamedFact& fact);

// What results do not tell. Empty: unknown. Read from a YAML file by load_config<CardFacts>.
struct CardFacts {
  std::string name;                 // default: the first result's
  std::string summary;              // a paragraph
  std::string licence;              // of the weights
  std::string trained;              // how, in a sentence
  std::vector<NamedFact> training;  // of the run's settings: {"optimizer", "adamw"}
  std::string training_data, training_licence;
  std::vector<std::string> intended_use, limits;  // in addition to what holds of every face matte
  std::string contact;
};
void fields(FieldVisitor& visit, CardFacts& facts);

// Of a run's settings (RUN/config.yaml) those that say how it learnt; the others say where and how fast. Of paths only the last
// part is told.
std::vector<NamedFact> training_facts(const FlatSettings& settings);

struct CardOptions {
  BootstrapOptions bootstrap;
  std::optional<ModelContract> contract;  // of the exported file
};

// Both hold the same facts; numbers are in full precision in the JSON.
struct ModelCard {
  std::string markdown, json;
};

// `results`: one model on one or more sets of data. Throws Error: no results, results of different networks, weights or
// polarities, a contract of other weights.
ModelCard model_card(const std::vector<EvaluationResult>& results, const CardFacts& facts = {},
                     const CardOptions& options = {});

}  // namespace facemat
