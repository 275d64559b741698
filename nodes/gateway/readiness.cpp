#include "nodes/gateway/readiness.hpp"

namespace maestro {

void readiness::ask(std::function<void(const std::string& trouble)> answer) {
  bridge_.ask_ahead(
      directory_, get_directory_status{},
      [this, answer = std::move(answer)](result<directory_status>&& directory) {
        if (!directory)
          return answer(directory.error().text);
        if (directory->recovering)
          return answer(directory->reason.empty() ? "the node is recovering its schedulers" : directory->reason);
        bridge_.ask_ahead(journal_, get_journal_status{}, [answer](result<journal_status>&& journal) {
          if (!journal)
            return answer(journal.error().text);
          auto why = journal->reason.empty() ? std::string() : ": " + journal->reason;
          answer(journal->read_only ? "the journal takes no writes" + why : "");
        });
      });
}

} // namespace maestro
