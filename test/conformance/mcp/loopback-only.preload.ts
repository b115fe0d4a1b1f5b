import { stayOnLoopback } from "./loopback-only.ts";

stayOnLoopback();
