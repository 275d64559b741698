#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

void register_messages(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::maestro>();
  config.add_error_category(caf::atom("maestro"),
                            [](std::uint8_t code, caf::atom_value, const caf::message& context) {
                              auto text = to_string(static_cast<ec>(code));
                              if (context.size() > 0 && context.match_element<std::string>(0))
                                text += ": " + context.get_as<std::string>(0);
                              return text;
                            });
}

caf::error to_caf(const failure& why) {
  if (why.subject == failure_subject::none)
    return caf::make_error(why.code, why.text);
  return caf::make_error(why.code, why.text, static_cast<std::uint8_t>(why.subject));
}

failure from_caf(const caf::error& error) {
  if (error.category() == caf::atom("maestro")) {
    failure why{static_cast<ec>(error.code()), {}};
    auto& context = error.context();
    if (context.match_elements<std::string>() || context.match_elements<std::string, std::uint8_t>())
      why.text = context.get_as<std::string>(0);
    if (context.size() > 1 && context.match_element<std::uint8_t>(1))
      why.subject = static_cast<failure_subject>(context.get_as<std::uint8_t>(1));
    return why;
  }
  if (error == caf::sec::request_timeout)
    return {ec::deadline_exceeded, "no answer in time"};
  if (error == caf::sec::request_receiver_down)
    return {ec::unavailable, "the actor asked has ended", failure_subject::actor};
  return {ec::internal, caf::to_string(error)};
}

} // namespace maestro
