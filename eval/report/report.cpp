#include "eval/report/report.h"

#include <fmt/format.h>

#include <map>

#include "eval/page/html.h"
#include "eval/report/sections.h"
#include "src/core/error.h"
#include "src/core/file.h"

namespace facemat {
namespace {

// Two models of one name would be one line in a reader's eyes: "student (1)", "student (2)".
void tell_apart(std::vector<EvaluationResult>& results) {
  std::map<std::string, int> counts, seen;
  for (const EvaluationResult& result : results) ++counts[result.model.name];
  for (EvaluationResult& result : results) {
    const std::string name = result.model.name;
    if (counts[name] > 1) result.model.name += fmt::format(" ({})", ++seen[name]);
  }
}

ReportData data_of(const std::vector<ReportEntry>& entries, const ReportOptions& options) {
  require(!entries.empty(), "a report needs at least one result");
  ReportData data;
  data.options = options;
  for (const ReportEntry& entry : entries) data.results.push_back(entry.result), data.folders.push_back(entry.folder);
  require_same_data(data.results);
  for (const EvaluationResult& result : data.results) {
    require(!result.frames.empty(), "{}: the result has no frames", result.model.name);
    require(result.frames.size() == data.results[0].frames.size(), "{} has {} frames, {} has {}: they cannot be compared",
            result.model.name, result.frames.size(), data.results[0].model.name, data.results[0].frames.size());
  }
  tell_apart(data.results);
  return data;
}

std::vector<Section> sections_of(const ReportData& data) {
  std::vector<Section> sections;
  for (const auto make :
       {scores_section, baselines_section, paired_section, slices_section, pooled_section, speed_section, training_section,
        uncertainty_section, ledger_section, cases_section, frames_section, definitions_section, environment_section}) {
    Section section = make(data);
    if (!section.body.empty()) sections.push_back(std::move(section));
  }
  return sections;
}

std::string contents(const std::vector<Section>& sections) {
  std::string html = "<nav class='contents' aria-label='Contents'><ul><li><a href='#top'>Overview</a></li>";
  for (const Section& section : sections)
    html += fmt::format("<li><a href='#{}'>{}</a></li>", section.id, escaped(section.title));
  return html + "</ul></nav>\n";
}

std::string section_html(const Section& section) {
  return fmt::format("<section id='{0}' aria-labelledby='{0}-title'><h2 id='{0}-title'>{1}</h2>{2}", section.id,
                     escaped(section.title),
                     section.about.empty() ? "" : "<p class='about'>" + escaped(section.about) + "</p>") +
         section.body + "</section>\n";
}

}  // namespace

ReportEntry read_report_entry(const fs::path& file) {
  return {result_from_json(read_file(file, kMostResult), file.string()), file.parent_path()};
}

std::string report_html(const std::vector<ReportEntry>& entries, const ReportOptions& options) {
  const ReportData data = data_of(entries, options);
  const std::vector<Section> sections = sections_of(data);
  std::string body = contents(sections) + "<main>\n" + headline(data);
  for (const Section& section : sections) body += section_html(section);
  return html_page({options.title, kReportStyle, body + "</main>\n", kReportScript});
}

}  // namespace facemat
