/**
 * Prints `buf/validate/validate.proto` from the descriptor embedded in `@bufbuild/protovalidate`, because no npm package ships the
 * source and the build must not depend on a schema registry.
 *
 * `node scripts/print-validate-proto.ts > proto/buf/validate/validate.proto`, after every upgrade of that package. It prints what that
 * one file uses and throws on any construct it does not know, so that nothing is lost silently.
 */
import {
  type DescField,
  type DescFile,
  type DescMessage,
  getExtension,
  hasExtension,
  isFieldSet,
  type Message,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import {
  type DescriptorProto,
  type DescriptorProto_ExtensionRange,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  type FileOptions,
  FileOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import {
  file_buf_validate_validate,
  PredefinedRulesSchema,
  predefined,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/** The largest field number plus one: how a descriptor writes `max` in a range whose end is exclusive. */
const MAX_RANGE_END = 536_870_912;

const HEADER = `\
// Copyright 2023-2026 Buf Technologies, Inc.
//
// Licensed under the Apache License, Version 2.0 (the "License");
// you may not use this file except in compliance with the License.
// You may obtain a copy of the License at
//
//      http://www.apache.org/licenses/LICENSE-2.0
//
// Unless required by applicable law or agreed to in writing, software
// distributed under the License is distributed on an "AS IS" BASIS,
// WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
// See the License for the specific language governing permissions and
// limitations under the License.

// Printed by scripts/print-validate-proto.ts from the descriptor in @bufbuild/protovalidate: the schema without its comments.
// The commented original: https://github.com/bufbuild/protovalidate/blob/main/proto/protovalidate/buf/validate/validate.proto
`;

/** The `.proto` source of the embedded file, ending in a newline. */
export function printValidateProto(): string {
  return printFile(file_buf_validate_validate);
}

function printFile({ proto, edition }: DescFile): string {
  if (proto.syntax !== "" && proto.syntax !== "proto2") {
    throw new Error(`cannot print syntax ${proto.syntax} (edition ${edition})`);
  }
  if (proto.service.length > 0 || proto.publicDependency.length > 0 || proto.weakDependency.length > 0) {
    throw new Error("cannot print services, public or weak imports");
  }
  const sections = [
    HEADER,
    'syntax = "proto2";\n',
    `package ${proto.package};\n`,
    proto.dependency.map((path) => `import ${quote(path)};\n`).join(""),
    proto.options ? printFileOptions(proto.options) : "",
    ...printExtensions(proto.extension),
    ...proto.messageType.map(printMessage),
    ...proto.enumType.map(printEnum),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

function printFileOptions(options: FileOptions): string {
  return reflectedFields(FileOptionsSchema, options)
    .map(([field, value]) => `option ${field.name} = ${printValue(field, value)};\n`)
    .join("");
}

function printExtensions(extensions: FieldDescriptorProto[]): string[] {
  return extensions.map((field) => `extend ${typeName(field.extendee)} {\n${printField(field)}}\n`);
}

function printMessage(message: DescriptorProto): string {
  if (
    message.nestedType.length > 0 ||
    message.enumType.length > 0 ||
    message.extension.length > 0 ||
    message.options
  ) {
    throw new Error(`cannot print the nested types or options of ${message.name}`);
  }
  const body = [
    ...message.reservedRange.map(({ start, end }) => `  reserved ${range(start, end)};\n`),
    ...message.reservedName.map((name) => `  reserved ${quote(name)};\n`),
    ...printFields(message),
    ...message.extensionRange.map(printExtensionRange),
  ];
  return body.length === 0
    ? `message ${message.name} {}\n`
    : `message ${message.name} {\n${body.join("")}}\n`;
}

/** Fields in the descriptor's order; a run that belongs to one `oneof` is wrapped in it. */
function printFields(message: DescriptorProto): string[] {
  return message.field.map((field, index) => {
    const oneof = oneofIndex(field);
    if (oneof === undefined) {
      return printField(field);
    }
    const opens = oneofIndex(message.field[index - 1]) !== oneof;
    const closes = oneofIndex(message.field[index + 1]) !== oneof;
    const name = message.oneofDecl[oneof]?.name;
    return (opens ? `  oneof ${name} {\n` : "") + printField(field, "    ") + (closes ? "  }\n" : "");
  });
}

/** Field presence matters here: 0 is both a valid index and the default of a field outside every `oneof`. */
function oneofIndex(field: FieldDescriptorProto | undefined): number | undefined {
  return field && isFieldSet(field, FieldDescriptorProtoSchema.field.oneofIndex)
    ? field.oneofIndex
    : undefined;
}

function printExtensionRange({ start, end, options }: DescriptorProto_ExtensionRange): string {
  if (options) {
    throw new Error("cannot print the options of an extension range");
  }
  return `  extensions ${range(start, end)};\n`;
}

function printEnum(enumeration: EnumDescriptorProto): string {
  if (enumeration.options) {
    throw new Error(`cannot print the options of ${enumeration.name}`);
  }
  const body = [
    ...enumeration.reservedRange.map(({ start, end }) => `  reserved ${range(start, end + 1)};\n`),
    ...enumeration.reservedName.map((name) => `  reserved ${quote(name)};\n`),
    ...enumeration.value.map(({ name, number }) => `  ${name} = ${number};\n`),
  ];
  return `enum ${enumeration.name} {\n${body.join("")}}\n`;
}

function printField(field: FieldDescriptorProto, indent = "  "): string {
  const label =
    oneofIndex(field) === undefined ? `${FieldDescriptorProto_Label[field.label]?.toLowerCase()} ` : "";
  const type =
    field.typeName === "" ? FieldDescriptorProto_Type[field.type]?.toLowerCase() : typeName(field.typeName);
  return `${indent}${label}${type} ${field.name} = ${field.number}${printFieldOptions(field, indent)};\n`;
}

/** A field of this schema carries one option at most: the predefined rules it stands for. */
function printFieldOptions({ name, options }: FieldDescriptorProto, indent: string): string {
  if (!options) {
    return "";
  }
  if (!hasExtension(options, predefined) || options.$unknown?.length !== 1) {
    throw new Error(`cannot print the options of ${name}`);
  }
  const rules = getExtension(options, predefined);
  return ` [(buf.validate.predefined) = ${printMessageValue(PredefinedRulesSchema, rules, indent)}]`;
}

/** The text format of an option's message value. */
function printMessageValue(schema: DescMessage, message: Message, indent: string): string {
  const inner = `${indent}  `;
  const lines = reflectedFields(schema, message).map(
    ([field, value]) => `${inner}${field.name}: ${printValue(field, value, inner)}\n`,
  );
  return `{\n${lines.join("")}${indent}}`;
}

/** The set fields in number order, a repeated field once per element: the order in which the compiler writes them. */
function reflectedFields(schema: DescMessage, message: Message): [DescField, unknown][] {
  const reflected = reflect(schema, message);
  return reflected.sortedFields
    .filter((field) => reflected.isSet(field))
    .flatMap((field): [DescField, unknown][] => {
      if (field.fieldKind === "list") {
        return [...reflected.get(field)].map((element) => [field, element]);
      }
      return [[field, reflected.get(field)]];
    });
}

function printValue(field: DescField, value: unknown, indent = ""): string {
  if (typeof value === "boolean" || typeof value === "number" || typeof value === "bigint") {
    return String(value);
  }
  if (typeof value === "string") {
    return quote(value);
  }
  if (field.message && value && typeof value === "object" && "message" in value) {
    return printMessageValue(field.message, value.message as Message, indent);
  }
  throw new Error(`cannot print the value of ${field.name}`);
}

function range(start: number, end: number): string {
  if (end === MAX_RANGE_END) {
    return `${start} to max`;
  }
  return end === start + 1 ? `${start}` : `${start} to ${end - 1}`;
}

function typeName(name: string): string {
  return name.replace(/^\./, "").replace(/^buf\.validate\./, "");
}

function quote(text: string): string {
  return JSON.stringify(text);
}

if (import.meta.main) {
  process.stdout.write(printValidateProto());
}
