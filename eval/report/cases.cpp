// Cases to look at. Without scripts each picture stands alone; with them a slider wipes one over another.

#include <fmt/format.h>

#include <algorithm>

#include "eval/page/charts.h"
#include "eval/page/html.h"
#include "eval/report/pictures.h"
#include "eval/report/pieces.h"

namespace facemat {
namespace {

struct Kind {
  const char *name, *title;
};
constexpr Kind kKinds[] = {{"worst", "Worst"}, {"median", "Median"}, {"best", "Best"}};

// `role` names the picture for the script.
std::string picture(const std::string& uri, const char* role, const char* caption, const std::string& of) {
  if (uri.empty()) return {};
  return fmt::format(
      "<figure><img data-role='{}' alt='{} of {}' decoding='async' src='{}'><figcaption>{}</figcaption></figure>", role,
      caption, escaped(of), uri, caption);
}

std::string model_pictures(const ReportData& data, const CaseCard& card, const ModelPictures& pictures, const std::string& of) {
  const EvaluationResult& result = data.results[pictures.model];
  const double sad = result.frames[card.frame].regions.at("whole").at("sad");
  const std::string own = of + ", " + result.model.name;
  return fmt::format(
      "<div class='model'><h4><span>{}</span><span class='quiet'>SAD {} &middot; its {}</span></h4><div "
      "class='wipe-place'></div>"
      "<div class='pictures'>{}{}{}</div></div>",
      marker_key(static_cast<int>(pictures.model)) + escaped(result.model.name), short_number(sad), escaped(pictures.kind),
      picture(pictures.prediction, "prediction", "matte", own), picture(pictures.error, "error", "error", own),
      picture(pictures.uncertainty, "uncertainty", "uncertainty", own));
}

std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string traits_text(const FrameScore& frame) {
  std::string text;
  for (const TraitInfo& trait : trait_table())
    if (const auto found = frame.traits.find(trait.name); found != frame.traits.end())
      text += fmt::format(" &middot; {} {:.2f}", escaped(spaced(trait.name)), found->second);
  return text;
}

std::string card_html(const ReportData& data, const CaseCard& card) {
  const FrameScore& frame = data.results[0].frames[card.frame];
  const std::string of = fmt::format("sample {}, frame {}", frame.sample, frame.frame);
  std::string html = fmt::format(
      "<article class='case' style='--models:{}'><div class='case-head'><b>{}</b><span class='quiet'>{}{}</span></div>",
      card.models.size(), escaped(of), frame.classes.empty() ? "no occluder" : escaped(joined(frame.classes)),
      traits_text(frame));
  html += "<div class='case-body'><div class='shared pictures'>" + picture(card.image, "image", "image", of) +
          picture(card.truth, "truth", "true matte", of) + "</div>";
  for (const ModelPictures& pictures : card.models) html += model_pictures(data, card, pictures, of);
  return html + "</div></article>";
}

std::string size_note(const Gallery& gallery) {
  if (gallery.side == kPictureSides[0] && gallery.left_out == 0) return {};
  std::string note =
      fmt::format("<p class='note'>To keep this page small its pictures are at most {} pixels wide and high", gallery.side);
  if (gallery.left_out > 0) note += fmt::format(", and {} more frames are left out", gallery.left_out);
  return note + "; the pictures beside the result files are whole.</p>";
}

}  // namespace

Section cases_section(const ReportData& data) {
  const Gallery gallery = make_gallery(data);
  std::string body;
  for (const Kind& kind : kKinds) {
    std::string cards;
    for (const CaseCard& card : gallery.cards)
      if (card.kind == kind.name) cards += card_html(data, card);
    if (!cards.empty()) body += fmt::format("<h3>{}</h3><div class='cases'>{}</div>", kind.title, cards);
  }
  return {"cases", "Cases",
          "Frames chosen by whole-frame SAD, one of a clip: the worst, around the median, the best. Matte: white is visible "
          "face. Error and uncertainty: black is 0, over red and yellow to white, 0.5 and more.",
          body + size_note(gallery)};
}

}  // namespace facemat
