#pragma once
// A model card as Markdown, from its JSON, so that both say the same.

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace facemat {

// `card`: what card_json() makes. Its texts are shown as they are: what Markdown would read in them is escaped.
std::string markdown_of(const nlohmann::ordered_json& card);

}  // namespace facemat
