#include "eval/tables/card.h"

#include <algorithm>

#include "eval/tables/card_json.h"
#include "eval/tables/card_markdown.h"
#include "src/core/error.h"
#include "src/core/json.h"
#include "src/core/text.h"

namespace facemat {
namespace {

using Json = nlohmann::ordered_json;

void check(const std::vector<EvaluationResult>& results, const CardOptions& options) {
  require(!results.empty(), "a model card needs at least one result");
  const EvaluationResult& first = results.front();
  for (const EvaluationResult& result : results) {
    require(result.model.network == first.model.network && result.model.weights_hash == first.model.weights_hash,
            "{} and {} are different models (network or weights): a card is about one", first.model.name, result.model.name);
    require(result.polarity == first.polarity, "{} was judged as '{}' and as '{}': a card has one polarity", result.model.name,
            first.polarity, result.polarity);
    require(!result.frames.empty(), "{}: the result has no frames", result.model.name);
  }
  require(!options.contract || first.model.weights_hash.empty() || options.contract->weights_hash == first.model.weights_hash,
          "the contract is of the weights '{}', the results of '{}'", options.contract ? options.contract->weights_hash : "",
          first.model.weights_hash);
}

// "l1_uncertainty x 1, laplacian x 1" of the settings losses.N.name and losses.N.weight.
std::string losses_text(const FlatSettings& settings) {
  std::string text;
  for (const auto& [key, value] : settings) {
    if (!starts_with(key, "losses.")) continue;
    const bool name = fs::path(key).extension() == ".name";
    text += name ? (text.empty() ? "" : ", ") + value : " x " + value;
  }
  return text;
}

}  // namespace

void fields(FieldVisitor& visit, NamedFact& fact) {
  visit("name", fact.name, "what it is");
  visit("value", fact.value, "its value");
}

void fields(FieldVisitor& visit, CardFacts& facts) {
  visit("name", facts.name, "of the model; empty: as in the results");
  visit("summary", facts.summary, "a paragraph about it");
  visit("licence", facts.licence, "of the weights");
  visit("trained", facts.trained, "how, in a sentence");
  visit.list("training", facts.training, "settings of the training run");
  visit("training_data", facts.training_data, "what it was trained on");
  visit("training_licence", facts.training_licence, "licence of that data");
  visit("intended_use", facts.intended_use, "in addition to what holds of every face matte");
  visit("limits", facts.limits, "likewise");
  visit("contact", facts.contact, "whom to ask");
}

std::vector<NamedFact> training_facts(const FlatSettings& settings) {
  static const std::vector<std::string> kTold = {"model.network",
                                                 "model.width",
                                                 "model.uncertainty",
                                                 "model.refiner",
                                                 "init",
                                                 "teacher",
                                                 "batch",
                                                 "epochs",
                                                 "accumulate",
                                                 "optimizer.name",
                                                 "learning_rate.backbone",
                                                 "learning_rate.decoder",
                                                 "learning_rate.schedule",
                                                 "ema",
                                                 "precision",
                                                 "seed"};
  std::vector<NamedFact> facts;
  if (const std::string losses = losses_text(settings); !losses.empty()) facts.push_back({"losses", losses});
  for (const auto& [key, value] : settings) {
    if (value.empty() || value == "0" || std::find(kTold.begin(), kTold.end(), key) == kTold.end()) continue;
    const bool is_path = key == "init" || key == "teacher";
    facts.push_back({key, is_path ? fs::path(value).filename().string() : value});
  }
  return facts;
}

ModelCard model_card(const std::vector<EvaluationResult>& results, const CardFacts& facts, const CardOptions& options) {
  check(results, options);
  const Json card = card_json(results, facts, options);
  return {markdown_of(card), json_text(card, 1) + "\n"};
}

}  // namespace facemat
