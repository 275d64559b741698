#include "nodes/cli/completion.hpp"

#include "nodes/cli/help_formatter.hpp"

#include <algorithm>

namespace maestro::cli {

namespace {

constexpr auto patience = std::chrono::milliseconds{500};

constexpr const char* bash_script = R"sh(# bash completion for maestro:  source <(maestro completion bash)
_maestro() {
  local IFS=$'\n'
  COMPREPLY=($("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == :files ]]; then
    COMPREPLY=()
    compopt -o default
  fi
}
complete -F _maestro maestro
)sh";

constexpr const char* zsh_script = R"sh(#compdef maestro
# zsh completion for maestro: put it into a folder of $fpath as _maestro
_maestro() {
  local -a found
  found=(${(f)"$(${words[1]} __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if [[ ${found[1]} == :files ]]; then _files; else compadd -- $found; fi
}
compdef _maestro maestro
)sh";

constexpr const char* fish_script = R"sh(# fish completion for maestro
function __maestro_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] __complete -- $words[2..-1] 2>/dev/null)
  if test "$found[1]" = ":files"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\n' $found
  end
end
complete -c maestro -f -a '(__maestro_complete)'
)sh";

/// What has been typed, read as far as it says where we are.
struct typed {
  const CLI::App* command = nullptr;
  std::vector<std::string> positionals;
  const CLI::Option* open = nullptr; ///< whose value the last word is
};

const CLI::Option* option_of(const CLI::App* command, const std::string& word) {
  for (auto* app = command; app != nullptr; app = app->get_parent())
    if (auto* found = app->get_option_no_throw(word); found != nullptr)
      return found;
  return nullptr;
}

typed read_words(const CLI::App& root, const std::vector<std::string>& words) {
  typed so_far{&root, {}, nullptr};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    auto& word = words[i];
    if (so_far.open != nullptr) {
      so_far.open = nullptr;
    } else if (word.size() > 1 && word[0] == '-') {
      auto* option = word.find('=') == std::string::npos ? option_of(so_far.command, word) : nullptr;
      if (option != nullptr && option->get_items_expected_max() > 0)
        so_far.open = option;
    } else if (auto subs = so_far.command->get_subcommands([&](auto* sub) { return sub->check_name(word); });
               !subs.empty()) {
      so_far.command = subs.front();
    } else {
      so_far.positionals.push_back(word);
    }
  }
  return so_far;
}

/// The server's names for the word of help: SCHEDULER, ROOM, OPERATION, VERSION.
std::vector<std::string> names_of(const command_tree& tree, const std::string& word,
                                  const std::vector<std::string>& positionals) {
  std::string path = "/schedulers";
  auto kind = scheduler_items;
  if (word != "SCHEDULER") {
    if (positionals.empty())
      return {};
    kind = word == "ROOM" ? room_items : word == "VERSION" ? version_items : operation_items;
    path = schedulers_path({positionals.front(), kind.plural}) + (word == "OPERATION" ? "?stage=active" : "");
  }
  std::vector<std::string> names;
  try {
    api_client api{parse_server_url(tree.common().server), patience, true, {}}; // it only looks
    for (auto& item : items_of(api.get(path), kind))
      names.push_back(text_of(item, kind.id));
  } catch (const std::exception&) {
    return {}; // nothing to offer
  }
  return names;
}

std::vector<std::string> values_of(const command_tree& tree, const CLI::Option* option, const std::string& word,
                                   const std::vector<std::string>& positionals) {
  if (auto& choices = tree.choices(option); !choices.empty())
    return choices;
  if (word == "FILE" || word == "FOLDER")
    return {":files"};
  if (word == "SCHEDULER" || word == "ROOM" || word == "OPERATION" || word == "VERSION")
    return names_of(tree, word, positionals);
  return {};
}

std::vector<std::string> options_of(const CLI::App* command) {
  std::vector<std::string> names;
  for (auto* app = command; app != nullptr; app = app->get_parent())
    for (auto* option : app->get_options())
      for (auto& name : option->get_lnames())
        names.push_back("--" + name);
  return names;
}

std::vector<std::string> next_words(const command_tree& tree, const typed& so_far) {
  std::vector<std::string> names;
  for (auto* sub : so_far.command->get_subcommands({}))
    if (!sub->get_group().empty())
      names.push_back(sub->get_name());
  if (!names.empty())
    return names;
  auto positionals = so_far.command->get_options([](auto* o) { return !o->nonpositional(); });
  if (positionals.empty())
    return {};
  auto index = std::min(so_far.positionals.size(), positionals.size() - 1);
  bool is_full = so_far.positionals.size() > index && positionals[index]->get_items_expected_max() <= 1;
  return is_full ? names
                 : values_of(tree, positionals[index], value_word(*positionals[index]), so_far.positionals);
}

} // namespace

std::string completion_script(const std::string& shell) {
  return shell == "bash" ? bash_script : shell == "zsh" ? zsh_script : fish_script;
}

std::vector<std::string> complete(const command_tree& tree, const std::vector<std::string>& given) {
  auto words = given;
  if (words.empty())
    words.emplace_back();
  if (words.front() == "help" && words.size() > 1)
    words.erase(words.begin());
  auto so_far = read_words(tree.root(), words);
  auto& last = words.back();
  std::vector<std::string> candidates;
  if (so_far.open != nullptr)
    candidates = values_of(tree, so_far.open, value_word(*so_far.open), so_far.positionals);
  else if (last.starts_with('-'))
    candidates = options_of(so_far.command);
  else
    candidates = next_words(tree, so_far);
  std::erase_if(candidates, [&](auto& word) { return word != ":files" && !word.starts_with(last); });
  std::sort(candidates.begin(), candidates.end());
  return candidates;
}

} // namespace maestro::cli
