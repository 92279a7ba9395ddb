// Checks the Lua files by the rules of the house, so that a mistake is found before Redis reads them.
import * as rules from '../tests/house/lua-rules.ts';
import { readRepository } from '../tests/house/repository.ts';
import { report } from '../tests/house/rule.ts';

const repository = readRepository();
const faults = Object.values(rules).flatMap((rule) => report(rule, repository));
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
