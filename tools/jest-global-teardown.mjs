// Stops what jest-global-setup.mjs started, private servers that a test forgot included, and removes their data.
import { stopServers } from './jest-global-setup.mjs';

export default stopServers;
