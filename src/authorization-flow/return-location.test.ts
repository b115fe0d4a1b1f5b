import { describe, expect, it } from "vitest";
import { returnLocation } from "./return-location.ts";

const ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

describe("returnLocation", () => {
  it.each([
    ["https://app.example.com/", `https://app.example.com/?success=true&connection_id=${ID}`],
    [
      "https://app.example.com/x?a=1&b=%2F",
      `https://app.example.com/x?a=1&b=%2F&success=true&connection_id=${ID}`,
    ],
    ["com.example.app:/done", `com.example.app:/done?success=true&connection_id=${ID}`],
    ["com.example.app://host/done?x=y", `com.example.app://host/done?x=y&success=true&connection_id=${ID}`],
    ["com.example.app:done", `com.example.app:done?success=true&connection_id=${ID}`],
  ])("adds to %s", (uri, expected) => {
    expect(returnLocation(uri, ID, ["success", "true"])).toBe(expected);
  });

  it("lets no parameter of an earlier outcome stand beside this one", () => {
    const uri = "https://app.example.com/?success=true&ticket=old&keep=1&connection_id=old&error=x&success=1";
    expect(returnLocation(uri, ID, ["error", "access_denied"])).toBe(
      `https://app.example.com/?keep=1&error=access_denied&connection_id=${ID}`,
    );
  });
});
