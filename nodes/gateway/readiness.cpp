#include "nodes/gateway/readiness.hpp"

namespace maestro {

void readiness::ask(std::function<void(bool)> answer) {
  bridge_.ask_ahead(directory_, get_directory_status{},
                    [this, answer = std::move(answer)](result<directory_status>&& directory) {
                      if (!directory || directory->recovering)
                        return answer(false);
                      bridge_.ask_ahead(
                          journal_, get_journal_status{},
                          [answer](result<journal_status>&& journal) { answer(journal && !journal->read_only); });
                    });
}

} // namespace maestro
