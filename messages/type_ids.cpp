#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

void register_messages(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::maestro>();
  config.add_error_category(caf::atom("maestro"),
                            [](std::uint8_t code, caf::atom_value, const caf::message& context) {
                              auto text = to_string(static_cast<ec>(code));
                              if (context.match_elements<std::string>())
                                text += ": " + context.get_as<std::string>(0);
                              return text;
                            });
}

caf::error to_caf(const failure& why) {
  return caf::make_error(why.code, why.text);
}

failure from_caf(const caf::error& error) {
  if (error.category() == caf::atom("maestro")) {
    failure why{static_cast<ec>(error.code()), {}};
    if (error.context().match_elements<std::string>())
      why.text = error.context().get_as<std::string>(0);
    return why;
  }
  if (error == caf::sec::request_timeout)
    return {ec::deadline_exceeded, "no answer in time"};
  if (error == caf::sec::request_receiver_down)
    return {ec::unavailable, "the actor asked has ended"};
  return {ec::internal, caf::to_string(error)};
}

} // namespace maestro
