#include "test/tidy/checks.hpp"

#include "test/tidy/code_text.hpp"

#include <algorithm>
#include <cctype>
#include <regex>

namespace maestro::tidy {

namespace {

bool is_code(const std::string& path) {
  return path.ends_with(".hpp") || path.ends_with(".cpp") || path.ends_with(".h") || path.ends_with(".c");
}

bool is_header(const std::string& path) {
  return path.ends_with(".hpp") || path.ends_with(".h");
}

/// What a file says to its reader, each part in one line.
std::vector<prose> prose_of(const std::string& path, const std::string& text) {
  if (is_code(path))
    return comments_of(text);
  std::string one_line(text);
  for (std::size_t at = 0; at < one_line.size(); ++at)
    if (one_line[at] == '\n') {
      one_line[at] = ' ';
      for (auto mark = at + 1;
           mark < one_line.size() && std::string(" /#").find(one_line[mark]) != std::string::npos; ++mark)
        one_line[mark] = ' ';
    }
  return {{1, in_one_line(one_line)}};
}

std::string at_line(const std::string& path, const prose& said) {
  return path + ":" + std::to_string(said.line);
}

/// All matches of the first group.
std::vector<std::string> matches(const std::string& text, const std::regex& wanted, std::size_t group = 1) {
  std::vector<std::string> all;
  for (std::sregex_iterator it(text.begin(), text.end(), wanted), end; it != end; ++it)
    all.push_back((*it)[group]);
  return all;
}

bool has_heading(const std::string& document, const std::string& section) {
  auto quoted = std::regex_replace(section, std::regex("\\."), "\\.");
  return std::regex_search(document, std::regex("(^|\n)#+ " + quoted + "[. ]"));
}

/// What headings are called in links: `## 2. Schedulers` is `2-schedulers`.
std::set<std::string> anchors_of(const std::string& document) {
  static const std::regex heading("(?:^|\n)#+ ([^\n]*)");
  std::set<std::string> all;
  for (auto& title : matches(document, heading)) {
    std::string anchor;
    for (char c : title)
      if (c == ' ' || c == '-')
        anchor += '-';
      else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_')
        anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    all.insert(anchor);
  }
  return all;
}

/// A document as it is named: from the root, or beside the file that names it.
const std::string* find_document(const file_texts& tree, const std::string& from, const std::string& name) {
  auto slash = from.rfind('/');
  for (auto& path : {name, (slash == from.npos ? std::string() : from.substr(0, slash + 1)) + name})
    if (auto found = tree.find(path); found != tree.end())
      return &found->second;
  return nullptr;
}

bool exists(const file_texts& tree, const std::set<std::string>& endings, const std::string& path) {
  if (tree.contains(path) || endings.contains(path))
    return true;
  for (auto* extension : {".hpp", ".cpp", ".h", ".c", ".proto"})
    if (tree.contains(path + extension) || endings.contains(path + extension))
      return true;
  return false;
}

/// Every file by every ending of its path that begins with a name.
std::set<std::string> endings_of(const file_texts& tree) {
  std::set<std::string> all;
  for (auto& [path, text] : tree)
    for (auto at = std::size_t{0}; at != path.npos; at = path.find('/', at)) {
      at += at == 0 ? 0 : 1;
      all.insert(path.substr(at));
    }
  return all;
}

} // namespace

complaints unknown_sections(const file_texts& speaking, const file_texts& tree) {
  static const std::regex reference(
      R"(([\w./-]*\w\.md)((?:(?:,| and| to|:|, routes)? (?:\d+(?:\.\d+)?|[MRV]\d+)(?![\w.]*\w))*))");
  static const std::regex section(R"( (\d+(?:\.\d+)?))"), route(R"( ([MRV]\d+))");
  complaints wrong;
  for (auto& [path, text] : speaking)
    for (auto& said : prose_of(path, text))
      for (std::sregex_iterator it(said.text.begin(), said.text.end(), reference), end; it != end; ++it) {
        auto name = (*it)[1].str();
        auto tail = (*it)[2].str();
        auto* document = find_document(tree, path, name);
        if (document == nullptr) {
          wrong.push_back(at_line(path, said) + " refers to " + name + ", which is not there");
          continue;
        }
        for (auto& wanted : matches(tail, section))
          if (!has_heading(*document, wanted))
            wrong.push_back(at_line(path, said) + " refers to " + name + " " + wanted + ", which is not there");
        for (auto& wanted : matches(tail, route))
          if (!std::regex_search(*document, std::regex("\\| " + wanted + " \\|")))
            wrong.push_back(at_line(path, said) + " refers to " + name + " " + wanted + ", which is not there");
      }
  return wrong;
}

complaints dead_links(const file_texts& speaking, const file_texts& tree) {
  static const std::regex link(R"(\]\(([^)\s]+)\))");
  complaints wrong;
  for (auto& [path, text] : speaking)
    if (path.ends_with(".md"))
      for (auto& target : matches(text, link)) {
        bool leaves_the_tree = target.find("://") != target.npos;
        bool is_there = target.starts_with("#") ? anchors_of(text).contains(target.substr(1))
                                                : find_document(tree, path, target) != nullptr;
        if (!leaves_the_tree && !is_there)
          wrong.push_back(path + " links to " + target + ", which is not there");
      }
  return wrong;
}

complaints unknown_paths(const file_texts& speaking, const file_texts& tree) {
  // Not the end of a longer path, and no pattern.
  static const std::regex from_root(
      R"((?:^|[\s`(\[,;"])((?:messages|actors|runtime|nodes|test|deploy|proto)/[\w./-]*\w)(?![\w*/<{]))");
  static const std::regex of_file(R"((?:^|[\s`(\[,;"])((?:\w+/)*\w+\.(?:hpp|cpp|proto|h|c|sh))(?![\w*]))");
  static const std::regex ticked("`([^`]*)`");
  auto endings = endings_of(tree);
  complaints wrong;
  for (auto& [path, text] : speaking)
    for (auto& said : prose_of(path, text)) {
      auto parts = is_code(path) ? std::vector<std::string>{said.text} : matches(said.text, ticked);
      for (auto& part : parts)
        for (auto* wanted : {&from_root, &of_file})
          for (auto& named : matches(part, *wanted))
            if (!exists(tree, endings, named))
              wrong.push_back(at_line(path, said) + " names " + named + ", which is not there");
    }
  std::sort(wrong.begin(), wrong.end());
  wrong.erase(std::unique(wrong.begin(), wrong.end()), wrong.end());
  return wrong;
}

complaints dead_declarations(const file_texts& shipped, const std::map<std::string, std::string>& exceptions) {
  std::map<std::string, outline> outlines;
  std::set<std::string> used;                                     // functions and fields
  std::set<std::pair<std::string, std::string>> used_enumerators; // enum, enumerator
  for (auto& [path, text] : shipped) {
    auto& one = outlines[path] = outline_of(text);
    for (auto& each : one.uses) {
      used.insert(each.name);
      if (each.is_case_label)
        continue;
      used_enumerators.insert({each.of, each.name});
      for (auto& opened : one.opened_enums)
        used_enumerators.insert({opened, each.name});
    }
  }
  complaints wrong;
  std::set<std::string> excused;
  for (auto& [path, one] : outlines) {
    if (!is_header(path))
      continue;
    for (auto& each : one.declarations) {
      bool lives = each.of.empty() ? used.contains(each.name) : used_enumerators.contains({each.of, each.name});
      if (lives || each.name == "inspect")
        continue;
      auto name = path + ": " + (each.of.empty() ? "" : each.of + "::") + each.name;
      auto whole = path + ": " + each.of + "::*";
      if (exceptions.contains(name) || exceptions.contains(whole))
        excused.insert(exceptions.contains(name) ? name : whole);
      else
        wrong.push_back(name + " is declared and never used");
    }
  }
  for (auto& [name, why] : exceptions)
    if (!excused.contains(name))
      wrong.push_back(name + " is excused (" + why + ") and needs no excuse");
  return wrong;
}

complaints long_functions(const file_texts& code, std::size_t limit) {
  complaints wrong;
  for (auto& [path, text] : code)
    for (auto& each : outline_of(text).functions)
      if (each.lines > limit)
        wrong.push_back(path + ":" + std::to_string(each.line) + " " + each.name + " has " +
                        std::to_string(each.lines) + " lines of at most " + std::to_string(limit));
  return wrong;
}

complaints said_elsewhere(const file_texts& code, const std::string& word,
                          const std::map<std::string, std::string>& allowed) {
  complaints wrong;
  for (auto& [path, text] : code) {
    bool says = code_of(text).find(word) != std::string::npos;
    if (says && !allowed.contains(path))
      wrong.push_back(path + " says " + word);
    if (!says && allowed.contains(path))
      wrong.push_back(path + " may say " + word + " and does not");
  }
  return wrong;
}

} // namespace maestro::tidy
