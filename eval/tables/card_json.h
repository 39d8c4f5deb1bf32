#pragma once
// The facts of a model card (card.h) as JSON, null where a fact is unknown. For card.cpp and card_markdown.cpp.

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "eval/results/result.h"
#include "eval/tables/card.h"

namespace facemat {

// Numbers are in full precision. `results`: as model_card() has checked them.
nlohmann::ordered_json card_json(const std::vector<EvaluationResult>& results, const CardFacts& facts,
                                 const CardOptions& options);

}  // namespace facemat
