#include "eval/tables/card_markdown.h"
#include "src/core/json.h"

#include <fmt/format.h>

#include <cmath>

namespace facemat {
namespace {

using Json = nlohmann::ordered_json;  // null: unknown

constexpr const char* kUnknown = "unknown";

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

std::string words_of(const Json& items) {
  std::string text;
  for (const Json& item : items) text += (text.empty() ? "" : ", ") + text_of(item);
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
  for (const Json& guide : c.at("guides"))
    text += line(guide.at("name").get<std::string>(), code_of(guide.at("input")) + ", of the input's size, needed with it");
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
  if (!e.at("given").empty()) text += line("given", words_of(e.at("given")));
  for (const Json& warning : e.at("warnings")) text += line("warning", text_of(warning));
  text += "\n" + metrics_text(e, confidence) + weak_text(e);
  return text + speed_text(e) + uncertainty_text(e) + environment_text(e) + "\n";
}

}  // namespace

std::string markdown_of(const Json& card) {
  std::string text = model_text(card) + "## Intended use\n\n" + list_of(card.at("intended_use")) + "\n## Limits\n\n" +
                     list_of(card.at("limits")) + "\n" + contract_text(card) + training_text(card);
  for (const Json& e : card.at("evaluations")) text += evaluation_text(e, card.at("confidence"));
  text.pop_back();  // the last section's empty line
  return text;
}

}  // namespace facemat
