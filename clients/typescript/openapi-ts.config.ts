import { readdirSync } from "node:fs";
import { defineConfig } from "@hey-api/openapi-ts";

const documents = "../../docs/openapi";

// One client per service, generated from its document in this repository.
export default defineConfig(
  readdirSync(documents).map((file) => ({
    input: `${documents}/${file}`,
    output: `src/${file.replace(".json", "")}`,
    plugins: ["@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch"],
  })),
);
