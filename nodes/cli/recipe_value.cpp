#include "nodes/cli/recipe_value.hpp"

#include "messages/api_codec.hpp"
#include "nodes/cli/recipe.hpp"

#include "api/v1/messages.pb.h"
#include "api/v1/schedulers.pb.h"

#include <google/protobuf/util/json_util.h>

namespace maestro::cli {

namespace pb = google::protobuf;
using json = nlohmann::ordered_json;

scheduler scheduler_of_recipe(const json& recipe) {
  api::v1::CreateSchedulerRequest request;
  pb::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (auto read = pb::util::JsonStringToMessage(recipe.dump(), &request, options); !read.ok())
    throw recipe_error("the recipe cannot be read: " + read.ToString());
  return scheduler_from_api(request); // an empty map and none are the same here: answers do not tell them apart
}

json recipe_of_scheduler(const scheduler& from) {
  api::v1::Scheduler message;
  to_api(from, message);
  pb::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  if (auto written = pb::util::MessageToJsonString(message, &text, options); !written.ok())
    throw recipe_error("the recipe cannot be shown: " + written.ToString());
  auto recipe = json::parse(text);
  recipe.erase("state");
  recipe.erase("createdAt");
  recipe.erase("degraded");
  if (recipe.contains("spec"))
    recipe["spec"].erase("version");
  return recipe;
}

} // namespace maestro::cli
