// `$(NAME)` in a container's command and in the values of its variables, as Kubernetes has it: replaced by the variable's value,
// so that a game server needs no shell to learn its port. `$$(NAME)` stands for the text `$(NAME)`. Anything else that has a
// dollar in it is left alone, also `$(cat file)`, which no variable can be called.
#pragma once

#include "messages/error.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace maestro::process {

using find_variable = std::function<std::optional<std::string>(std::string_view name)>;

/// Values are taken as they are; what stands in them is not looked at again. Fails with the name of a variable that is not
/// there, and with the length when what comes out is longer than a game server can be given.
result<std::string> expand_variables(std::string_view text, const find_variable& find);

} // namespace maestro::process
