// Asks a gRPC server what it serves, as grpcurl and the like do: through the reflection service, without stubs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace maestro {

/// Full names of the services, sorted.
std::vector<std::string> reflected_services(std::uint16_t port);

/// Full names of the methods of one of them, as the descriptor that the server sends says; sorted.
std::vector<std::string> reflected_methods(std::uint16_t port, const std::string& service);

} // namespace maestro
