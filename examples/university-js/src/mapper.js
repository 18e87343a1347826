// The component: what the host calls, made of the mapping in university.js. The only file that
// names the contract's imports; all others run under Node.js as they are.

import host from "purser:plugin/log@0.1.0";

import { component } from "./purser.js";
import { university } from "./university.js";

export const { metadata, mapping } = component(university, (line) => host.log("error", line));
