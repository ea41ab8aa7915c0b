<#import "template.ftl" as layout>
<#assign wrongCode = messagesPerField.existsError("totp")>
<#assign wrongName = messagesPerField.existsError("userLabel")>
<#assign byHand = mode?? && mode = "manual">
<@layout.registrationLayout displayMessage=!(wrongCode || wrongName); section>
<#if section = "header">${msg("loginTotpTitle")}<#elseif section = "form">
<#if wrongCode || wrongName>
<p class="message error" role="alert" id="fault">${kcSanitize(messagesPerField.getFirstError("totp", "userLabel"))?no_esc}</p>
</#if>
<ol>
  <li>${msg("loginTotpStep1")}
    <#list totp.supportedApplications>
    <ul>
      <#items as application><li>${msg(application)}</li></#items>
    </ul>
    </#list>
  </li>
  <#if byHand>
  <li>${msg("loginTotpManualStep2")}
    <p id="kc-totp-secret-key">${totp.totpSecretEncoded}</p>
    <p>${msg("loginTotpManualStep3", totp.policy.getAlgorithmKey(), totp.policy.digits, totp.policy.period)}</p>
    <p><a href="${totp.qrUrl}">${msg("loginTotpScanBarcode")}</a></p>
  </li>
  <#else>
  <li>${msg("loginTotpStep2")}
    <p class="code"><img src="data:image/png;base64, ${totp.totpSecretQrCode}" width="180" height="180" alt="${msg("loginTotpBarcode")}"></p>
    <p><a href="${totp.manualUrl}">${msg("loginTotpUnableToScan")}</a></p>
  </li>
  </#if>
  <li>${msg("loginTotpStep3")}</li>
</ol>
<form method="post" action="${url.loginAction}">
  <label for="totp">${msg("authenticatorCode")}</label>
  <input id="totp" name="totp" required inputmode="numeric" autocomplete="one-time-code"<#if wrongCode> autofocus aria-describedby="fault"</#if>>
  <input type="hidden" name="totpSecret" value="${totp.totpSecret}">
  <#if mode??><input type="hidden" name="mode" value="${mode}"></#if>
  <label for="userLabel">${msg("loginTotpDeviceName")}</label>
  <input id="userLabel" name="userLabel" autocomplete="off"<#if totp.otpCredentials?size gte 1> required</#if><#if wrongName> aria-describedby="fault"</#if>>
  <label class="check"><input type="checkbox" name="logout-sessions" value="on"> ${msg("logoutOtherSessions")}</label>
  <button type="submit">${msg("doSubmit")}</button>
  <#if isAppInitiatedAction??>
  <button class="plain" name="cancel-aia" value="true" type="submit" formnovalidate>${msg("doCancel")}</button>
  </#if>
</form>
</#if>
</@layout.registrationLayout>
