#include "data/label/record.h"

#include <fmt/format.h>

#include "src/core/error.h"
#include "src/core/json.h"

namespace facemat {
namespace {

using Json = nlohmann::ordered_json;

// Every number of the facts under its name.
template <typename Facts, typename Visit>
void each_fact(Facts& facts, const Visit& visit) {
  visit("mask_share", facts.mask), visit("occluded_share", facts.occluded), visit("hair", facts.hair);
  visit("body_skin", facts.body), visit("clothes", facts.clothes), visit("accessory", facts.accessory);
  visit("background", facts.background), visit("untrusted_share", facts.untrusted), visit("yaw", facts.yaw);
}

Json json_of(const LabelRecord& r) {
  Json out = {{"name", r.name}, {"folder", r.folder}, {"file", r.file}};
  out["box"] = {r.box.x, r.box.y, r.box.width, r.box.height};
  out["crop"] = {r.crop.x, r.crop.y, r.crop.width};
  out["moved"] = r.moved, out["size"] = r.size, out["score"] = r.score, out["grey"] = r.grey, out["content"] = r.content;
  each_fact(r.facts, [&](const char* name, double value) { out[name] = value; });
  return out;
}

LabelRecord record_of(const nlohmann::json& json) {
  LabelRecord r;
  json.at("name").get_to(r.name), json.at("folder").get_to(r.folder), json.at("file").get_to(r.file);
  const nlohmann::json &box = json.at("box"), &crop = json.at("crop");
  r.box = {box.at(0).get<double>(), box.at(1).get<double>(), box.at(2).get<double>(), box.at(3).get<double>()};
  const int side = crop.at(2).get<int>();
  r.crop = {crop.at(0).get<int>(), crop.at(1).get<int>(), side, side};
  json.at("moved").get_to(r.moved), json.at("size").get_to(r.size), json.at("score").get_to(r.score);
  json.at("grey").get_to(r.grey), json.at("content").get_to(r.content);
  each_fact(r.facts, [&](const char* name, double& value) { json.at(name).get_to(value); });
  return r;
}

}  // namespace

std::string outcome_to_json(const LabelOutcome& outcome) {
  Json out = {
      {"number", outcome.number}, {"looked_at", outcome.looked_at}, {"kept", Json::array()}, {"rejects", Json::array()}};
  for (const LabelRecord& record : outcome.kept) out["kept"].push_back(json_of(record));
  for (const LabelReject& reject : outcome.rejects)
    out["rejects"].push_back({{"name", reject.name}, {"file", reject.file}, {"reason", reject.reason}});
  return json_text(out);
}

LabelOutcome outcome_from_json(const std::string& line, const std::string& where) {
  try {
    const nlohmann::json json = parse_json(line);
    LabelOutcome out;
    json.at("number").get_to(out.number), json.at("looked_at").get_to(out.looked_at);
    for (const nlohmann::json& record : json.at("kept")) out.kept.push_back(record_of(record));
    for (const nlohmann::json& reject : json.at("rejects"))
      out.rejects.push_back(
          {reject.at("name").get<std::string>(), reject.at("file").get<std::string>(), reject.at("reason").get<std::string>()});
    return out;
  } catch (const nlohmann::json::exception& error) {
    fail("{}: no line of a journal: {}", where, error.what());
  }
}

std::string manifest_heading() {
  std::string out =
      "name\tfolder\tsource\tlicence\tfile\tsize\tbox_x\tbox_y\tbox_width\tbox_height\tcrop_x\tcrop_y\tcrop_side\t"
      "crop_moved\tscore\tgrey";
  const FaceFacts none;
  each_fact(none, [&](const char* name, double) { out += std::string("\t") + name; });
  return out + "\tcontent\n";
}

std::string manifest_row(const LabelRecord& r, const std::string& source, const std::string& licence) {
  std::string out = fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{:.1f}\t{:.1f}\t{:.1f}\t{:.1f}\t{}\t{}\t{}\t{}\t{:.3f}\t{}", r.name,
                                r.folder, source, licence, r.file, r.size, r.box.x, r.box.y, r.box.width, r.box.height,
                                r.crop.x, r.crop.y, r.crop.width, r.moved ? 1 : 0, r.score, r.grey ? 1 : 0);
  each_fact(r.facts, [&](const char*, double value) { out += fmt::format("\t{:.4f}", value); });
  return out + "\t" + r.content + "\n";
}

std::string rejects_heading() { return "name\tfile\treason\n"; }

std::string rejects_row(const LabelReject& reject) {
  return fmt::format("{}\t{}\t{}\n", reject.name, reject.file, reject.reason);
}

}  // namespace facemat
