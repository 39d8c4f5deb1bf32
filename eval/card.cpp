#include "eval/card.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "eval/tables.h"
#include "src/core/error.h"
#include "src/core/text.h"

namespace facemat {
namespace {

using Json = nlohmann::ordered_json;  // null: unknown

constexpr int kCardSchema = 1;
constexpr size_t kWeakClasses = 3;  // of the occluders; of every trait the worst third
constexpr const char* kUnknown = "unknown";

const std::vector<std::string>& common_uses() {
  static const std::vector<std::string> uses = {
      "mattes of the visible face in pictures and videos: compositing, filters and effects that must not paint over what "
      "covers the face",
  };
  return uses;
}

const std::vector<std::string>& common_limits() {
  static const std::vector<std::string> limits = {
      "it says where a face is visible, not whose: it is no means to recognise, verify or classify people",
      "the figures below hold for the data they were measured on; faces, occluders, cameras and light that differ from it may "
      "do "
      "worse, and groups of people that the data does not name were not judged",
      "one face in the frame is what it was judged on, unless the data says otherwise",
  };
  return limits;
}

Json known(const std::string& text) { return text.empty() ? Json() : Json(text); }
Json known(double number) { return number > 0 && std::isfinite(number) ? Json(number) : Json(); }
Json known(int64_t number) { return number > 0 ? Json(number) : Json(); }
Json finite(double number) { return std::isfinite(number) ? Json(number) : Json(); }

// --- facts

Json model_json(const ModelInfo& model, const CardFacts& facts) {
  return {{"name", facts.name.empty() ? model.name : facts.name},
          {"summary", known(facts.summary)},
          {"kind", known(model.kind)},
          {"network", known(model.network)},
          {"parameters", known(model.parameters)},
          {"weights_hash", known(model.weights_hash)},
          {"licence", known(facts.licence)},
          {"contact", known(facts.contact)}};
}

// From the run's log, where a result has it.
Json last_step(const std::vector<EvaluationResult>& results) {
  int64_t step = 0;
  for (const EvaluationResult& result : results)
    for (const LogPoint& point : result.training) step = std::max(step, point.step);
  return known(step);
}

Json training_json(const std::vector<EvaluationResult>& results, const CardFacts& facts, const CardOptions& options) {
  Json settings = Json::object();
  for (const NamedFact& fact : facts.training) settings[fact.name] = fact.value;
  std::string licence = facts.training_licence;
  if (licence.empty() && options.contract) licence = options.contract->data_licence;
  return {{"how", known(facts.trained)},    {"steps", last_step(results)},
          {"settings", settings},           {"data", known(facts.training_data)},
          {"data_licence", known(licence)}, {"size", options.contract ? known(int64_t{options.contract->train_size}) : Json()}};
}

Json contract_json(const std::string& polarity, const std::optional<ModelContract>& contract) {
  Json json = {{"polarity", polarity}};
  if (!contract) return json;
  json["version"] = contract->version;
  json["image_input"] = contract->image_input;
  json["colour_order"] = contract->colour_order;
  json["range"] = {contract->range_low, contract->range_high};
  json["size_multiple"] = contract->size_multiple;
  json["alpha_output"] = contract->alpha_output;
  json["uncertainty_output"] = known(contract->uncertainty_output);
  json["states"] = contract->states.size();
  return json;
}

// --- figures

Json interval_json(const Interval& interval) {
  return {{"mean", interval.mean}, {"low", finite(interval.low)}, {"high", finite(interval.high)}};
}

Json metrics_json(const EvaluationResult& result, Bootstrap& bootstrap) {
  Json list = Json::array();
  for (const RegionInfo& region : result.regions)
    for (const MetricInfo& metric : result.metrics) {
      const std::vector<Cluster> clusters = clusters_of(result, region.name, metric.name);
      if (metric.variant || clusters.empty()) continue;
      Json entry = {{"region", region.name},
                    {"region_title", region.title},
                    {"metric", metric.name},
                    {"title", metric.title},
                    {"lower_is_better", metric.lower_is_better}};
      entry.update(interval_json(bootstrap.mean(clusters)));
      list.push_back(entry);
    }
  return list;
}

// Rows of the table of slices by whole-frame SAD: cut, slice, frames, mean.
struct Weakness {
  std::string cut, slice;
  double frames = 0;
  Interval sad;
};

std::vector<Weakness> weaknesses_of(const EvaluationResult& result, const BootstrapOptions& options) {
  std::vector<Weakness> slices;
  for (const Table& table : slice_tables({result}, options)) {
    if (table.name != "slices_whole_sad") continue;
    for (const std::vector<Cell>& row : table.rows)
      if (row.size() == 4 && row[2].number && row[3].number)
        slices.push_back({row[0].text, row[1].text, *row[2].number,
                          row[3].interval.value_or(Interval{*row[3].number, -INFINITY, INFINITY})});
  }
  return slices;
}

// The worst classes of occluders, and of each trait the worst third, as far as they are worse than the whole.
Json weak_json(const EvaluationResult& result, const BootstrapOptions& options) {
  const double whole = mean_scores(result, "whole").at("sad");
  std::vector<Weakness> slices = weaknesses_of(result, options);
  std::stable_sort(slices.begin(), slices.end(), [](const Weakness& a, const Weakness& b) { return a.sad.mean > b.sad.mean; });
  std::map<std::string, size_t> taken;
  Json list = Json::array();
  for (const Weakness& slice : slices) {
    if (slice.sad.mean <= whole || taken[slice.cut] >= (slice.cut == "occluder" ? kWeakClasses : 1)) continue;
    ++taken[slice.cut];
    Json entry = {
        {"cut", slice.cut}, {"slice", slice.slice}, {"frames", static_cast<int64_t>(slice.frames)}, {"metric", "sad"}};
    entry.update(interval_json(slice.sad));
    entry["over_whole"] = whole > 0 ? Json(slice.sad.mean / whole) : Json();
    list.push_back(entry);
  }
  return list;
}

Json speed_json(const EvaluationResult& result) {
  if (!result.speed) return {};
  const Speed& s = *result.speed;
  return {{"mean_ms", s.mean},
          {"p50_ms", s.p50},
          {"p99_ms", s.p99},
          {"frames", s.frames},
          {"width", s.width},
          {"height", s.height},
          {"threads", known(int64_t{s.threads})},
          {"multiply_adds", known(result.model.multiply_adds)}};
}

Json uncertainty_json(const EvaluationResult& result) {
  if (!result.uncertainty) return {};
  const UncertaintyInfo& u = *result.uncertainty;
  return {{"pixels", u.pixels},
          {"spearman", u.spearman},
          {"ause", u.sparsification.ause},
          {"calibration_error", u.calibration.error},
          {"ence", u.calibration.relative_error},
          {"within_one", u.calibration.within_one},
          {"within_two", u.calibration.within_two},
          {"nll", u.calibration.nll}};
}

Json data_json(const DataInfo& data) {
  return {{"name", known(data.name)},
          {"split", known(data.split)},
          {"licence", known(data.licence)},
          {"samples", data.samples},
          {"frames", data.frames},
          {"truth_hash", known(data.truth_hash)},
          {"trimap_hash", known(data.trimap_hash)}};
}

Json environment_json(const EnvironmentInfo& e) {
  return {{"processor", known(e.processor)},      {"system", known(e.system)},
          {"compiler", known(e.compiler)},        {"libraries", known(e.libraries)},
          {"threads", known(int64_t{e.threads})}, {"peak_memory", known(static_cast<int64_t>(e.peak_memory))}};
}

Json evaluation_json(const EvaluationResult& result, const CardOptions& options, Bootstrap& bootstrap) {
  return {{"data", data_json(result.data)},
          {"toolkit", known(result.version)},
          {"kind", known(result.model.kind)},
          {"settings", known(result.model.settings)},
          {"metrics", metrics_json(result, bootstrap)},
          {"pooled_mean_iou", mean_iou(pooled_confusion(result))},
          {"constant_matte_sad", result.constant.sad},
          {"weak_spots", weak_json(result, options.bootstrap)},
          {"speed", speed_json(result)},
          {"uncertainty", uncertainty_json(result)},
          {"environment", environment_json(result.environment)},
          {"warnings", result.warnings}};
}

std::vector<std::string> joined(std::vector<std::string> first, const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// Also what results of this one model cannot all show.
Json card_json(const std::vector<EvaluationResult>& results, const CardFacts& facts, const CardOptions& options) {
  Bootstrap bootstrap(options.bootstrap);
  Json evaluations = Json::array();
  std::vector<std::string> limits = common_limits();
  bool uncertain = false, moving = false;
  for (const EvaluationResult& result : results) {
    evaluations.push_back(evaluation_json(result, options, bootstrap));
    uncertain |= result.uncertainty.has_value();
    moving |= result.data.frames > result.data.samples;
  }
  if (!uncertain) limits.emplace_back("it states no uncertainty that was judged");
  if (!moving) limits.emplace_back("it was judged on single pictures only: how steady its mattes are in video is unknown");
  return {{"schema", kCardSchema},
          {"confidence", options.bootstrap.confidence},
          {"model", model_json(results[0].model, facts)},
          {"training", training_json(results, facts, options)},
          {"contract", contract_json(results[0].polarity, options.contract)},
          {"intended_use", joined(common_uses(), facts.intended_use)},
          {"limits", joined(limits, facts.limits)},
          {"evaluations", evaluations}};
}

// --- Markdown, from the JSON, so that both say the same

// A line of text that Markdown shows as it is.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string("\\`*_[]<>|#").find(c) != std::string::npos) out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

std::string grouped_digits(int64_t number) {
  std::string text = std::to_string(number);
  for (int i = static_cast<int>(text.size()) - 3; i > (number < 0 ? 1 : 0); i -= 3) text.insert(i, ",");
  return text;
}

std::string text_of(const Json& json) {
  if (json.is_null()) return kUnknown;
  if (json.is_string()) return plain(json.get<std::string>());
  if (json.is_number_integer()) return grouped_digits(json.get<int64_t>());
  return fmt::format("{:.4g}", json.get<double>());
}

// As code; hashes and names of files hold nothing that Markdown reads.
std::string code_of(const Json& json) { return json.is_null() ? kUnknown : "`" + json.get<std::string>() + "`"; }

std::string line(const std::string& name, const std::string& value) { return fmt::format("- {}: {}\n", name, value); }

std::string list_of(const Json& items) {
  std::string text;
  for (const Json& item : items) text += "- " + text_of(item) + "\n";
  return text;
}

// "2.690 [2.402, 3.070]"
std::string interval_of(const Json& entry) {
  const double mean = entry.at("mean");
  const int decimals = std::abs(mean) >= 100 ? 1 : std::abs(mean) >= 10 ? 2 : std::abs(mean) >= 1 ? 3 : 4;
  const std::string text = fmt::format("{:.{}f}", mean, decimals);
  if (entry.at("low").is_null() || entry.at("high").is_null()) return text + " (interval unknown)";
  return fmt::format("{} [{:.{}f}, {:.{}f}]", text, entry.at("low").get<double>(), decimals, entry.at("high").get<double>(),
                     decimals);
}

std::string model_text(const Json& card) {
  const Json& m = card.at("model");
  std::string text = "# " + text_of(m.at("name")) + "\n\n";
  if (!m.at("summary").is_null()) text += text_of(m.at("summary")) + "\n\n";
  text += line("network", text_of(m.at("network"))) + line("parameters", text_of(m.at("parameters"))) +
          line("weights", code_of(m.at("weights_hash"))) + line("licence of the weights", text_of(m.at("licence"))) +
          line("contact", text_of(m.at("contact")));
  return text + "\n";
}

std::string contract_text(const Json& card) {
  const Json& c = card.at("contract");
  std::string text = "## Contract\n\n";
  text += line("polarity", code_of(c.at("polarity")) + (c.at("polarity") == "visible_face" ? ": alpha 1 = visible face" : ""));
  if (!c.contains("version")) return text + line("exported file", kUnknown) + "\n";
  text += line("input", fmt::format("`{}`, [B,3,H,W] float32, {} in {:g}..{:g}, sides multiples of {}",
                                    c.at("image_input").get<std::string>(), c.at("colour_order").get<std::string>(),
                                    c.at("range").at(0).get<double>(), c.at("range").at(1).get<double>(),
                                    c.at("size_multiple").get<int>()));
  text += line("output", code_of(c.at("alpha_output")) + ", [B,1,H,W] float32, 0..1");
  text += line("uncertainty", c.at("uncertainty_output").is_null() ? "none" : code_of(c.at("uncertainty_output")));
  return text + line("recurrent states", text_of(c.at("states"))) + "\n";
}

std::string training_text(const Json& card) {
  const Json& t = card.at("training");
  std::string text = "## Training\n\n";
  text += line("how", text_of(t.at("how"))) + line("steps", text_of(t.at("steps"))) + line("data", text_of(t.at("data"))) +
          line("licence of the data", text_of(t.at("data_licence"))) +
          line("size of the training pictures", t.at("size").is_null() ? kUnknown : text_of(t.at("size")) + " pixels");
  for (const auto& [name, value] : t.at("settings").items()) text += line(plain(name), text_of(value));
  return text + "\n";
}

std::string metrics_text(const Json& e, double confidence) {
  std::string text = fmt::format("| region | metric | mean [{:.6g} % interval] |\n|---|---|---|\n", 100 * confidence);
  for (const Json& m : e.at("metrics"))
    text += fmt::format("| {} | {} {} | {} |\n", text_of(m.at("region_title")), text_of(m.at("title")),
                        m.at("lower_is_better") == true ? "↓" : "↑", interval_of(m));
  text += fmt::format("\nPooled mIoU {:.4f}. The best constant matte has a SAD of {:.4g}.\n\n",
                      e.at("pooled_mean_iou").get<double>(), e.at("constant_matte_sad").get<double>());
  return text;
}

std::string weak_text(const Json& e) {
  if (e.at("weak_spots").empty()) return "Weak spots: unknown, the data has no slices that are worse than the whole.\n\n";
  std::string text = "Weak spots, by whole-frame SAD:\n\n";
  for (const Json& w : e.at("weak_spots"))
    text += fmt::format("- {} {}: {}, {} times the whole, {} frames\n", text_of(w.at("cut")), text_of(w.at("slice")),
                        interval_of(w),
                        w.at("over_whole").is_null() ? kUnknown : fmt::format("{:.2f}", w.at("over_whole").get<double>()),
                        text_of(w.at("frames")));
  return text + "\n";
}

std::string speed_text(const Json& e) {
  const Json& s = e.at("speed");
  if (s.is_null()) return line("speed", kUnknown);
  return line("speed", fmt::format("{:.4g} ms a frame (median), {:.4g} ms (99th percentile), {} frames of {}x{}",
                                   s.at("p50_ms").get<double>(), s.at("p99_ms").get<double>(), text_of(s.at("frames")),
                                   s.at("width").get<int>(), s.at("height").get<int>())) +
         line("threads", text_of(s.at("threads"))) + line("multiply-adds of a frame", text_of(s.at("multiply_adds")));
}

std::string uncertainty_text(const Json& e) {
  const Json& u = e.at("uncertainty");
  if (u.is_null()) return line("uncertainty", kUnknown);
  return line("uncertainty",
              fmt::format("Spearman {:.3f}, AUSE {:.3f}, calibration error {:.4f}, ENCE {:.3f}, NLL {:.3f}, errors within one "
                          "deviation {:.1f} % (Gaussian: 68.3), within two {:.1f} % (95.4)",
                          u.at("spearman").get<double>(), u.at("ause").get<double>(), u.at("calibration_error").get<double>(),
                          u.at("ence").get<double>(), u.at("nll").get<double>(), 100 * u.at("within_one").get<double>(),
                          100 * u.at("within_two").get<double>()));
}

std::string environment_text(const Json& e) {
  const Json& v = e.at("environment");
  return line("processor", text_of(v.at("processor"))) + line("system", text_of(v.at("system"))) +
         line("compiler", text_of(v.at("compiler"))) + line("libraries", text_of(v.at("libraries"))) +
         line("toolkit", text_of(e.at("toolkit")));
}

std::string evaluation_text(const Json& e, double confidence) {
  const Json& d = e.at("data");
  std::string text = "## Judged on " + text_of(d.at("name"));
  if (!d.at("split").is_null()) text += ", split " + text_of(d.at("split"));
  text += "\n\n" + line("samples and frames", text_of(d.at("samples")) + ", " + text_of(d.at("frames"))) +
          line("licence of the data", text_of(d.at("licence"))) + line("hash of the true mattes", code_of(d.at("truth_hash"))) +
          line("hash of the trimaps", d.at("trimap_hash").is_null() ? "none" : code_of(d.at("trimap_hash"))) +
          line("run as", text_of(e.at("kind")) + (e.at("settings").is_null() ? "" : ", " + text_of(e.at("settings"))));
  for (const Json& warning : e.at("warnings")) text += line("warning", text_of(warning));
  text += "\n" + metrics_text(e, confidence) + weak_text(e);
  return text + speed_text(e) + uncertainty_text(e) + environment_text(e) + "\n";
}

std::string markdown_of(const Json& card) {
  std::string text = model_text(card) + "## Intended use\n\n" + list_of(card.at("intended_use")) + "\n## Limits\n\n" +
                     list_of(card.at("limits")) + "\n" + contract_text(card) + training_text(card);
  for (const Json& e : card.at("evaluations")) text += evaluation_text(e, card.at("confidence"));
  text.pop_back();  // the last section's empty line
  return text;
}

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
  return {markdown_of(card), card.dump(1, ' ', false, Json::error_handler_t::replace) + "\n"};
}

}  // namespace facemat
