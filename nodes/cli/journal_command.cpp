#include "nodes/cli/journal_command.hpp"

#include "nodes/cli/failure.hpp"
#include "nodes/journal/journal_inspection.hpp"

#include <fmt/format.h>

#include <ostream>

namespace maestro {

namespace {

std::string state_of(const reviewed_log& log) {
  if (log.is_missing)
    return "missing";
  if (log.is_damaged)
    return fmt::format("damaged at offset {}", log.scan.whole);
  if (log.is_torn())
    return fmt::format("torn at offset {}, nothing behind was acknowledged", log.scan.whole);
  return "whole";
}

std::string number_or_dash(std::uint64_t number) {
  return number == 0 ? "-" : std::to_string(number);
}

void print_logs(const log_review& review, std::ostream& out) {
  out << fmt::format("{:<12}{:>12}{:>12}{:>10}  {}\n", "LOG", "BYTES", "SYNCED", "BATCHES", "STATE");
  for (auto& log : review.logs)
    out << fmt::format("{:<12}{:>12}{:>12}{:>10}  {}\n", fmt::format("{:06}.log", log.number), log.scan.size,
                       number_or_dash(log.synced), log.scan.records, state_of(log));
}

void print_streams(const std::vector<inspected_stream>& streams, std::ostream& out) {
  out << fmt::format("{:<48}{:>10}{:>10}{:>10}\n", "STREAM", "FIRST", "LAST", "SNAPSHOT");
  for (auto& stream : streams)
    out << fmt::format("{:<48}{:>10}{:>10}{:>10}{}\n", stream.name, number_or_dash(stream.first),
                       number_or_dash(stream.last), number_or_dash(stream.snapshot),
                       stream.has_ended ? "  ended" : "");
}

void print_loss(const log_loss& loss, std::ostream& out) {
  out << fmt::format("{} bytes; {} batches in them are whole, with records of {} streams\n", loss.bytes,
                     loss.batches, loss.streams.size());
  for (auto& [stream, range] : loss.streams)
    out << fmt::format("  {} {} to {}\n", stream, range.first, range.last);
}

int complain(const failure& why, cli::terminal& term) {
  term.out.flush();
  term.err << "maestro: " << why.text << std::endl;
  return cli::exit_refused;
}

int show(const std::string& folder, cli::terminal& term) {
  auto found = inspect_journal(folder);
  if (!found)
    return complain(found.error(), term);
  auto* damaged = found->review.damaged();
  if (found->format > 0)
    term.out << fmt::format("journal {}: format {}, node {}\n\n", folder, found->format, found->node_id);
  print_logs(found->review, term.out);
  if (found->damaged_tables.empty()) {
    term.out << (damaged ? "\nWhat a repair would leave:\n" : "\n");
    print_streams(found->streams, term.out);
  }
  if (damaged) {
    term.out << "\nWhat a repair would lose, from " << damaged->file << " offset " << damaged->scan.whole
             << " on: ";
    print_loss(found->review.loss, term.out);
  }
  if (!found->damaged_tables.empty())
    return complain({ec::internal, "other files than the logs are damaged: " + found->damaged_tables}, term);
  if (damaged)
    return complain({ec::internal, describe_damage(found->review)}, term);
  return cli::exit_ok;
}

int repair(const cli::journal_options& options, cli::terminal& term) {
  if (!options.yes) {
    auto seen = show(options.folder, term);
    if (seen != cli::exit_ok)
      term.err << "maestro: nothing was changed; --yes repairs the log and loses what is listed" << std::endl;
    return seen;
  }
  auto repaired = repair_journal(options.folder);
  if (!repaired)
    return complain(repaired.error(), term);
  term.out << "repaired; the logs as they were are in " << repaired->kept_in << "\nlost: ";
  print_loss(repaired->loss, term.out);
  return cli::exit_ok;
}

} // namespace

int journal_command(const cli::journal_options& options, cli::terminal& term) {
  return options.repair ? repair(options, term) : show(options.folder, term);
}

} // namespace maestro
