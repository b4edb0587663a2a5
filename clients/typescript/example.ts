// A front end's first steps with the generated client; the check compiles it, so that it stays true.
import { client } from "./src/client.gen";
import { incidentListIncidents, incidentRegisterCall } from "./src/sdk.gen";

client.setConfig({ baseUrl: "http://127.0.0.1:8080", auth: () => "a token of POST /governance/v1/token" });

export async function report(title: string, description: string): Promise<string | undefined> {
  const { data, error } = await incidentRegisterCall({ body: { type: "incident", title, description, impact: "high" } });
  if (error) throw new Error(error.detail);
  return data?.record?.number;
}

export async function openIncidents(): Promise<string[]> {
  const { data } = await incidentListIncidents({ query: { state: "in_recovery", limit: 50 } });
  return (data?.items ?? []).map((incident) => `${incident.number} ${incident.title}`);
}
